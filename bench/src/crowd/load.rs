//! The load: connections that stay open and ask for the same again as soon as they have the answer.
//! It reads no more of an answer than it needs to find its end, so that the servers do the work.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use super::Sample;

/// Enough to keep both cores busy.
const CONNECTIONS: usize = 64;

/// How long one turn lasts; longer than an answer is kept, so that computing it is part of it.
const TURN: Duration = Duration::from_secs(6);

/// One request, again and again.
#[derive(Clone)]
pub(super) struct Load {
    address: Arc<str>,
    request: Arc<[u8]>,
}

impl Load {
    /// Asks the server at `address` for `path`, with one header more.
    pub(super) fn new(address: &str, path: &str, header: &str) -> Self {
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{header}\r\n\r\n");
        Self { address: address.into(), request: request.into_bytes().into() }
    }

    /// The same of another server.
    pub(super) fn to(&self, address: &str) -> Self {
        Self { address: address.into(), request: Arc::clone(&self.request) }
    }

    /// One answer.
    pub(super) async fn once(&self) -> anyhow::Result<Sample> {
        let mut connection = Connection::open(&self.address).await?;
        let (head, length) = connection.ask(&self.request).await?;
        let (head, body) = connection.buffer[..length].split_at(head);
        let head = std::str::from_utf8(head)?.trim_end().to_owned();
        Ok(Sample { head, body: body.to_vec() })
    }

    /// How many answers come in a second, over all connections.
    pub(super) async fn per_second(&self) -> anyhow::Result<f64> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(Connection::open(&self.address).await?);
        }
        let started = Instant::now();
        let mut tasks = JoinSet::new();
        for mut connection in connections {
            let request = Arc::clone(&self.request);
            tasks.spawn(async move {
                let mut answers = 0_u32;
                while started.elapsed() < TURN {
                    connection.ask(&request).await?;
                    answers += 1;
                }
                anyhow::Ok(answers)
            });
        }
        let mut answers = 0_u32;
        while let Some(task) = tasks.join_next().await {
            answers += task??;
        }
        Ok(f64::from(answers) / started.elapsed().as_secs_f64())
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024] })
    }

    /// Sends the request and reads its answer into the buffer: where the head ends, and the answer.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<(usize, usize)> {
        self.stream.write_all(request).await?;
        let (mut read, mut ends) = (0, None);
        loop {
            let more = self.stream.read(&mut self.buffer[read..]).await?;
            ensure!(more > 0, "the server hung up");
            read += more;
            if ends.is_none() {
                ends = ends_of(&self.buffer[..read])?;
            }
            match ends {
                Some((head, end)) if read >= end => return Ok((head, end)),
                _ => ensure!(read < self.buffer.len(), "the answer is too large"),
            }
        }
    }
}

/// Where the head and the whole answer end, once the head is there.
fn ends_of(read: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, end) = (std::str::from_utf8(&read[..end])?, end + 4);
    if head.starts_with("HTTP/1.1 304") {
        return Ok(Some((end, end)));
    }
    ensure!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (_, length) = head.split_once("content-length: ").context("an answer without a length")?;
    let length: usize = length.lines().next().unwrap_or_default().parse()?;
    Ok(Some((end, end + length)))
}
