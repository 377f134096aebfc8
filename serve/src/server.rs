//! The accept loop: connections with limits, and an end that lets them finish.
//!
//! poem's own server sets neither `TCP_NODELAY` nor a timer, so a client that sends one header byte a
//! minute would hold its connection for ever, and it spins when the process runs out of descriptors.
//! This one drives hyper's HTTP/1 connection with the same poem endpoint.

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::{
    Addr, Endpoint,
    endpoint::BoxEndpoint,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{debug, info, warn};

use patience::Patient;

mod patience;

/// The bounds of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a client may take for the head of a request, and stay silent between two.
    pub head: Duration,
    /// How long a client may read nothing of what is written to it.
    pub stall: Duration,
    /// How many connections are open at once; more wait in the kernel's queue.
    pub connections: usize,
    /// How long requests in progress may take to finish after a signal.
    pub grace: Duration,
}

impl Default for Limits {
    /// 75 s between requests, because load balancers reuse a connection for up to 60 s; 20 s
    /// without reading, which no line that works takes for a packet; 1,024 connections, the usual
    /// limit of descriptors; 9 s of grace, because container platforms kill after ten.
    fn default() -> Self {
        Self {
            head: Duration::from_secs(75),
            stall: Duration::from_secs(20),
            connections: 1024,
            grace: Duration::from_secs(9),
        }
    }
}

/// 16 KiB for the head of a request, and for what is to be written: hyper keeps up to 400 KiB for
/// each connection otherwise, and most connections are idle.
const BUFFER: usize = 16 * 1024;

/// Serves one endpoint on one socket.
pub struct Server {
    endpoint: Arc<BoxEndpoint<'static, poem::Response>>,
    limits: Limits,
}

impl Server {
    /// A server with the usual limits.
    pub fn new(endpoint: BoxEndpoint<'static, poem::Response>) -> Self {
        Self { endpoint: Arc::new(endpoint), limits: Limits::default() }
    }

    /// Replaces the limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Serves until `stop` completes, then lets the requests in progress finish within the grace.
    ///
    /// # Errors
    /// When the listener has lost its address. Failures of single connections are only logged.
    pub async fn run(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let address = listener.local_addr()?;
        info!(%address, "Listening on http://{address}");
        let (stopping, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        let permits = Arc::new(Semaphore::new(self.limits.connections));
        let mut stop = pin!(stop);
        loop {
            let next = async {
                let permit = Arc::clone(&permits).acquire_owned().await;
                (permit, accept(&listener).await)
            };
            // The wait for a free place ends with the signal too: clients may hold all of them.
            let (Ok(permit), (stream, remote)) = (tokio::select! {
                () = &mut stop => break,
                next = next => next,
            }) else {
                break;
            };
            while connections.try_join_next().is_some() {}
            let connection = Connection {
                endpoint: Arc::clone(&self.endpoint),
                local: address,
                remote,
                limits: self.limits,
                stopped: stopped.clone(),
            };
            connections.spawn(async move {
                connection.serve(stream).await;
                drop(permit);
            });
        }
        drop(listener);
        info!(connections = connections.len(), "Stopping");
        // The receiver in `stopped` lives as long as this function, so sending cannot fail.
        let _ = stopping.send(true);
        if timeout(self.limits.grace, async { while connections.join_next().await.is_some() {} })
            .await
            .is_err()
        {
            warn!(connections = connections.len(), "Stopped with requests in progress");
        }
        Ok(())
    }
}

/// Completes at the first SIGTERM or SIGINT after this call, however late it is awaited.
pub fn signalled() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
            // Without handlers the signals end the process at once, which is the best that is left.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => info!("Received SIGTERM"),
            _ = interrupt.recv() => info!("Received SIGINT"),
        }
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // Out of descriptors, most likely; asking again at once would only burn a core.
                warn!(%error, "Cannot accept a connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

struct Connection {
    endpoint: Arc<BoxEndpoint<'static, poem::Response>>,
    local: SocketAddr,
    remote: SocketAddr,
    limits: Limits,
    stopped: watch::Receiver<bool>,
}

impl Connection {
    async fn serve(mut self, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, remote = %self.remote, "Cannot set TCP_NODELAY");
        }
        let (endpoint, local, remote) = (self.endpoint, self.local, self.remote);
        let service = service_fn(move |request| {
            let endpoint = Arc::clone(&endpoint);
            async move { Ok::<_, Infallible>(answer(&endpoint, request, local, remote).await) }
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
        };
        if let Err(error) = ended {
            debug!(%error, %remote, "A connection ended early");
        }
    }
}

type AnswerBody = http_body_util::combinators::BoxBody<bytes::Bytes, io::Error>;

async fn answer(
    endpoint: &BoxEndpoint<'static, poem::Response>,
    request: Request<Incoming>,
    local: SocketAddr,
    remote: SocketAddr,
) -> Response<AnswerBody> {
    let (local, remote) =
        (LocalAddr(Addr::SocketAddr(local)), RemoteAddr(Addr::SocketAddr(remote)));
    endpoint.get_response((request, local, remote, Scheme::HTTP).into()).await.into()
}
