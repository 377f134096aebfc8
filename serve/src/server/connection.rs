//! One connection: requests and answers, one after the other, within the limits.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::{
    Request, Response,
    body::{Body, Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::{
    Addr, Endpoint,
    endpoint::BoxEndpoint,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{net::TcpStream, sync::watch};
use tracing::debug;

use super::{
    Limits,
    patience::Patient,
    places::{Answering, Waiting},
};

/// 16 KiB for the head of a request, and for what is to be written: hyper keeps up to 400 KiB for
/// each connection otherwise, and most connections are idle.
const BUFFER: usize = 16 * 1024;

/// What a connection needs to know.
pub(super) struct Connection {
    pub(super) endpoint: Arc<BoxEndpoint<'static, poem::Response>>,
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    pub(super) limits: Limits,
    pub(super) stopped: watch::Receiver<bool>,
    pub(super) crowded: watch::Receiver<bool>,
}

impl Connection {
    /// Serves `stream` until it ends, is given up, or the server stops.
    pub(super) async fn serve(mut self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, remote = %self.remote, "Cannot set TCP_NODELAY");
        }
        let (endpoint, local, remote) = (self.endpoint, self.local, self.remote);
        let waiting = Waiting::new();
        let service = service_fn(|request| {
            let (endpoint, answering) = (Arc::clone(&endpoint), waiting.answering());
            async move {
                let response = answer(&endpoint, request, local, remote).await;
                Ok::<_, Infallible>(response.map(|body| Answer { body, _answering: answering }))
            }
        });
        let stream = Patient::new(stream, self.limits.stall);
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.limits.head)
                .max_buf_size(BUFFER)
                .serve_connection(TokioIo::new(stream), service)
        );
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            // It changes once, from false to true.
            _ = self.stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
            () = waiting.overstayed(self.crowded, self.limits.head_in_a_crowd) => {
                debug!(%remote, "A client that sends no request makes room for others");
                return;
            }
        };
        if let Err(error) = ended {
            debug!(%error, %remote, "A connection ended early");
        }
    }
}

async fn answer(
    endpoint: &BoxEndpoint<'static, poem::Response>,
    request: Request<Incoming>,
    local: SocketAddr,
    remote: SocketAddr,
) -> Response<BoxBody<Bytes, io::Error>> {
    let (local, remote) =
        (LocalAddr(Addr::SocketAddr(local)), RemoteAddr(Addr::SocketAddr(remote)));
    endpoint.get_response((request, local, remote, Scheme::HTTP).into()).await.into()
}

/// The body of an answer, with which the answering ends.
struct Answer {
    body: BoxBody<Bytes, io::Error>,
    _answering: Answering,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
