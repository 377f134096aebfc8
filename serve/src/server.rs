//! The accept loop: connections with limits, and an end that lets them finish.
//!
//! poem's own server sets neither `TCP_NODELAY` nor a timer, so a client that sends one header byte a
//! minute would hold its connection for ever, and it spins when the process runs out of descriptors.
//! This one drives hyper's HTTP/1 connection with the same poem endpoint.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use poem::endpoint::BoxEndpoint;
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{info, warn};

use connection::Connection;
use places::Places;

mod connection;
mod patience;
mod places;

/// The bounds of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a client may take for the head of a request, and stay silent between two.
    pub head: Duration,
    /// The same while others wait for a place.
    pub head_in_a_crowd: Duration,
    /// How long a client may read nothing of what is written to it.
    pub stall: Duration,
    /// How many connections are served at once; more wait in the kernel's queue.
    pub connections: usize,
    /// How long requests in progress may take to finish after a signal.
    pub grace: Duration,
}

impl Default for Limits {
    /// 75 s between requests, because load balancers reuse a connection for up to 60 s; in a crowd
    /// 2 s, in which a head comes over any line that works; 20 s without reading, which no such line
    /// takes for a packet; 1,024 connections, the usual limit of descriptors; 9 s of grace, because
    /// container platforms kill after ten.
    fn default() -> Self {
        Self {
            head: Duration::from_secs(75),
            head_in_a_crowd: Duration::from_secs(2),
            stall: Duration::from_secs(20),
            connections: 1024,
            grace: Duration::from_secs(9),
        }
    }
}

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
        let places = Places::new(self.limits.connections);
        let mut stop = pin!(stop);
        loop {
            let next = async {
                let accepted = accept(&listener).await;
                (places.take().await, accepted)
            };
            // The wait for a free place ends with the signal too: clients may hold all of them.
            let (Ok(place), (stream, remote)) = (tokio::select! {
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
                crowded: places.crowded(),
            };
            connections.spawn(async move {
                connection.serve(stream).await;
                drop(place);
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
