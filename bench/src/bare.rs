//! The yardstick: `hyper::client::conn` on a fresh connection, with nothing around it.

use anyhow::Context;
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Gets `path` from `authority`, and reads the answer to its end.
pub(crate) async fn get(authority: &str, path: &str) -> anyhow::Result<Response<Bytes>> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get(path).header(header::HOST, authority).body(Empty::<Bytes>::new())?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await.context("the body broke off")?.to_bytes();
    Ok(Response::from_parts(head, body))
}
