//! A way to a server that can be cut or clogged.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What the way is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Bytes pass.
    Open,
    /// Connections are closed as soon as they are made, and those that were open at once.
    Cut,
    /// Connections stand, and nothing passes.
    Clogged,
}

/// A proxy in front of a TCP server, on a loopback port of its own.
pub(crate) struct Proxy {
    /// Where to connect instead of to the server.
    pub(crate) port: u16,
    way: watch::Sender<Way>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Opens a way to `server`, which is `host:port`.
    pub(crate) async fn to(server: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (way, seen) = watch::channel(Way::Open);
        let server: Arc<str> = server.into();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, Arc::clone(&server), seen.clone()));
            }
        });
        Ok(Self { port, way, accepting })
    }

    /// From now on the way is like this.
    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(client: TcpStream, server: Arc<str>, mut way: watch::Receiver<Way>) {
    if *way.borrow() == Way::Cut {
        return;
    }
    let Ok(server) = TcpStream::connect(&*server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        _ = pass(from_client, to_server, way.clone()) => {}
        _ = pass(from_server, to_client, way.clone()) => {}
        _ = way.wait_for(|way| *way == Way::Cut) => {}
    }
}

async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut way: watch::Receiver<Way>,
) -> io::Result<()> {
    let mut buffer = [0; 8 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 || way.wait_for(|way| *way != Way::Clogged).await.is_err() {
            return Ok(());
        }
        to.write_all(&buffer[..length]).await?;
    }
}
