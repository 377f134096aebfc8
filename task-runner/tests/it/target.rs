//! Targets that break in every way that a TCP connection can, on loopback ports of their own.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
    time::sleep,
};

/// A server that does the same with every connection. It ends when it is dropped.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    seen: Arc<Notify>,
    accepting: JoinHandle<()>,
}

impl Target {
    /// Does `serve` with every connection.
    pub(crate) async fn new<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), serve)
    }

    /// Does `serve` with every connection to `listener`.
    pub(crate) fn on<F>(
        listener: TcpListener,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::on_after(Duration::ZERO, listener, serve)
    }

    /// The same, after a while in which nothing is accepted.
    pub(crate) fn on_after<F>(
        pause: Duration,
        listener: TcpListener,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let address = listener.local_addr().unwrap();
        let (accepted, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (count, notify) = (accepted.clone(), seen.clone());
        let accepting = tokio::spawn(async move {
            sleep(pause).await;
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                // Else a delayed acknowledgement of ours would take 40 ms from one phase to another.
                stream.set_nodelay(true).unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                notify.notify_one();
                connections.spawn(serve(stream));
            }
        });
        Self { address, accepted, seen, accepting }
    }

    /// Reads a request, answers with these bytes, and closes.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Arc<[u8]> = answer.into().into();
        Self::new(move |mut stream| {
            let answer = answer.clone();
            async move {
                request(&mut stream).await;
                // The other side may have heard enough before the end.
                let _ = stream.write_all(&answer).await;
            }
        })
        .await
    }

    /// Accepts, and never answers.
    pub(crate) async fn hanging() -> Self {
        Self::new(|stream| async move {
            sleep(Duration::from_secs(600)).await;
            drop(stream);
        })
        .await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How many connections came.
    pub(crate) fn connections(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Waits for a connection.
    pub(crate) async fn reached(&self) {
        while self.connections() == 0 {
            self.seen.notified().await;
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// An address at which nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    // Bound and closed again: the kernel gives its number to nobody else soon.
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Reads the head of a request.
pub(crate) async fn request(stream: &mut (impl AsyncRead + Unpin)) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
}

/// Reads a request, and answers it with pauses before its head and before its body.
pub(crate) async fn answer_slowly(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    before_head: Duration,
    before_body: Duration,
) {
    request(&mut stream).await;
    sleep(before_head).await;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").await.unwrap();
    stream.flush().await.unwrap();
    sleep(before_body).await;
    stream.write_all(b"{}").await.unwrap();
    stream.flush().await.unwrap();
    // Whoever asked closes: it has all that was announced.
    let _ = stream.read(&mut [0]).await;
}

/// An answer with this status line and body.
pub(crate) fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
