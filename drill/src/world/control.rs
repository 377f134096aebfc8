//! The control target: something to reach that is no part of the cloud.

use std::{convert::Infallible, net::SocketAddr};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::AbortHandle};

use crate::error::Error;

/// A server that answers 200 to everything. It ends when it is dropped.
pub(super) struct Control {
    address: SocketAddr,
    serving: AbortHandle,
}

impl Control {
    pub(super) async fn start() -> Result<Self, Error> {
        let problem = "cannot open the control target's socket";
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Error::local(problem))?;
        let address = listener.local_addr().map_err(Error::local(problem))?;
        let serving = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let answer = |_| async {
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"here\n"))))
                };
                tokio::spawn(
                    http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service_fn(answer)),
                );
            }
        });
        Ok(Self { address, serving: serving.abort_handle() })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
