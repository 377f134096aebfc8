//! A fake of the provider's HTTP endpoints, for faults that the local cloud cannot produce.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio_rustls::TlsAcceptor;

use crate::target::Target;

/// What an action is answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// The refusal of a service that speaks JSON, with this error code.
    pub(crate) fn refusal(status: u16, code: &str) -> Self {
        let body = format!(r#"{{"__type":"com.amazonaws#{code}","message":"no"}}"#);
        Self::new(status, body)
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Answers every request by what `reply` says about its action: `GetItem`, `GET /topics`.
pub(crate) async fn answering(
    reply: impl Fn(&str) -> Reply + Clone + Send + Sync + 'static,
) -> Target {
    Target::new(move |stream| serve(TokioIo::new(stream), reply.clone())).await
}

/// The same over TLS.
pub(crate) async fn answering_over(
    acceptor: TlsAcceptor,
    reply: impl Fn(&str) -> Reply + Clone + Send + Sync + 'static,
) -> Target {
    Target::new(move |stream| {
        let (acceptor, reply) = (acceptor.clone(), reply.clone());
        async move {
            let stream = acceptor.accept(stream).await.unwrap();
            serve(TokioIo::new(stream), reply).await;
        }
    })
    .await
}

async fn serve(
    stream: impl hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    reply: impl Fn(&str) -> Reply + Send + Sync + 'static,
) {
    let reply = Arc::new(reply);
    let service = service_fn(move |request: Request<Incoming>| {
        let reply = reply.clone();
        async move { Ok::<_, Infallible>(answer(&reply(&action(request).await))) }
    });
    // The runner may hang up in the middle of an answer.
    let _ = http1::Builder::new().serve_connection(stream, service).await;
}

fn answer(reply: &Reply) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, *value);
    }
    response.body(Full::from(reply.body.clone())).unwrap()
}

/// The action of a call by the SDK, in whichever place its protocol has it; else method and path.
async fn action(request: Request<Incoming>) -> String {
    let (head, body) = request.into_parts();
    if let Some(target) = head.headers.get("x-amz-target") {
        return target.to_str().unwrap().rsplit('.').next().unwrap().to_owned();
    }
    let body = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&body);
    let mut fields = text.split('&');
    if let Some(action) = fields.find_map(|field| field.strip_prefix("Action=")) {
        return action.to_owned();
    }
    format!("{} {}", head.method, head.uri.path())
}
