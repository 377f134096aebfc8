//! How soon every listener hears of a round, and what streams cost that hear nothing.

use std::{
    env,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use chrono::{TimeDelta, Utc};
use model::{
    Database,
    round::{self, Recorded},
    slot,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc::{UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout,
};

use crate::{
    figures::{Figures, quantile},
    recording,
    start::{Program, built},
};

/// Clients that hear of each round.
const LISTENERS: usize = 1_000;

/// Rounds that they hear of.
const ROUNDS: i32 = 30;

/// Clients of which each has a stream, and nothing happens.
const IDLE: usize = 10_000;

/// 1 s from the commit until the last client has read the event.
const LIMIT: Duration = Duration::from_secs(1);

/// 10 s: nothing in here takes so long unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    let connections = serve::descriptors::connections();
    ensure!(connections > IDLE, "the system allows only {connections} connections");
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite://{}/bench.db", folder.path().display());
    hear(figures, "SQLite", &sqlite).await?;
    match env::var("TEST_POSTGRES_URL") {
        Ok(url) => hear(figures, "PostgreSQL", &url).await?,
        Err(_) => {
            figures.note("events on PostgreSQL", "not measured: TEST_POSTGRES_URL is not set");
        }
    }
    idle(figures, &sqlite).await
}

async fn serving(url: &str) -> anyhow::Result<Program> {
    let variables = [("DATABASE_URL".to_owned(), url.to_owned())];
    let mut api = Program::start(&built("api")?, "API_LISTEN", &variables).await?;
    api.first_answer("GET /livez").await?;
    Ok(api)
}

/// From the commit of a round until the last of the listeners has it.
async fn hear(figures: &mut Figures, kind: &str, url: &str) -> anyhow::Result<()> {
    let database = Database::open(&url.parse()?).await?;
    migration::fresh(&database).await?;
    let api = serving(url).await?;
    let (told, mut telling) = unbounded_channel();
    let mut listeners = JoinSet::new();
    for _ in 0..LISTENERS {
        let stream = listen(&api.address).await?;
        listeners.spawn(report(stream, told.clone()));
    }
    let newest = slot::containing(Utc::now());
    let mut durations = Vec::new();
    for number in (0..ROUNDS).rev() {
        let round = recording::thirty_rows(newest - TimeDelta::minutes(number.into()));
        let recorded = round::record(&database, &round, Utc::now()).await?;
        ensure!(recorded == Recorded::Written, "a round was not written");
        let committed = Instant::now();
        let mut last = committed;
        for _ in 0..LISTENERS {
            let heard = timeout(PATIENCE, telling.recv()).await.context("an event got lost")?;
            last = last.max(heard.context("the listeners have ended")?);
        }
        durations.push(last - committed);
    }
    let what = format!("commit on {kind} to the last of {LISTENERS} listeners");
    figures.at_most(&format!("{what}: median"), quantile(&mut durations, 0.5), LIMIT);
    figures.at_most(&format!("{what}: slowest of {ROUNDS}"), quantile(&mut durations, 1.0), LIMIT);
    Ok(())
}

/// A stream that has begun.
async fn listen(address: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /v1/events HTTP/1.1\r\nhost: bench\r\n\r\n").await?;
    let mut answer = Vec::new();
    while !contains(&answer, b"retry:") {
        let read = timeout(PATIENCE, stream.read_buf(&mut answer)).await?.context("no answer")?;
        ensure!(read > 0, "{}", String::from_utf8_lossy(&answer));
    }
    Ok(stream)
}

/// Tells when each round was heard of.
async fn report(mut stream: TcpStream, told: UnboundedSender<Instant>) {
    let mut unread = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut unread).await {
        // The event's last line: the round is there whole.
        while let Some(end) = position(&unread, b"\n\n") {
            let event: Vec<u8> = unread.drain(..end + 2).collect();
            // Whoever measures has ended when nobody wants to know any more.
            if contains(&event, b"event: round") && told.send(Instant::now()).is_err() {
                return;
            }
        }
    }
}

async fn idle(figures: &mut Figures, url: &str) -> anyhow::Result<()> {
    let api = serving(url).await?;
    let before = api.megabytes()?;
    let mut streams = Vec::with_capacity(IDLE);
    for _ in 0..IDLE {
        streams.push(listen(&api.address).await?);
    }
    let memory = api.megabytes()?;
    let what = format!("api: resident memory with {IDLE} idle streams");
    figures.note(&what, format!("{memory:.0} MB, {before:.0} MB without"));
    Ok(())
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    position(bytes, wanted).is_some()
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
