//! The yardstick: a hyper server with nothing around it, which gives one answer for ever.

use std::{convert::Infallible, path::Path, process::Stdio};

use anyhow::Context;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

/// An answer as it was sent.
pub(crate) struct Sample {
    /// The status line and the headers, without the empty line after them.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Sample {
    /// The value of a header.
    pub(crate) fn header(&self, wanted: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(name, _)| *name == wanted).map(|(_, value)| value).next()
    }
}

/// A running bare server; it ends when this is dropped.
pub(super) struct Yardstick {
    /// Where it listens: `127.0.0.1:1234`.
    pub(super) address: String,
    _process: Child,
    _answer: NamedTempFile,
}

impl Yardstick {
    /// Starts this program once more, as a server of `answer`.
    pub(super) async fn start(answer: &Sample) -> anyhow::Result<Self> {
        let file = NamedTempFile::new()?;
        std::fs::write(file.path(), [answer.head.as_bytes(), b"\r\n\r\n", &answer.body].concat())?;
        let mut process = Command::new(std::env::current_exe()?)
            .arg("constant")
            .arg(file.path())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().context("the bare server has no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address).await?;
        Ok(Self { address: address.trim().to_owned(), _process: process, _answer: file })
    }
}

/// Serves the answer in `file` until the process is ended.
#[expect(clippy::print_stdout, reason = "the address, for the process that started this one")]
pub(crate) async fn serve(file: &Path) -> anyhow::Result<()> {
    let answer = std::fs::read(file)?;
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").context("no head")?;
    let (status, headers) = parse(std::str::from_utf8(&answer[..end])?)?;
    let body = Bytes::from(answer).slice(end + 4..);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (headers, body) = (headers.clone(), body.clone());
        tokio::spawn(async move {
            let service = service_fn(move |_| {
                let mut response = Response::new(Full::new(body.clone()));
                *response.status_mut() = status;
                *response.headers_mut() = headers.clone();
                async { Ok::<_, Infallible>(response) }
            });
            // A client that goes away is none of the yardstick's business.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn parse(head: &str) -> anyhow::Result<(StatusCode, HeaderMap)> {
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?;
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        // Those two hyper adds by itself.
        if !["content-length", "date"].contains(&name) {
            headers.append(name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?);
        }
    }
    Ok((status.parse()?, headers))
}
