//! How fast the release builds start, and how much memory they take after their first work.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use model::Database;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

use crate::{
    figures::{Figures, quantile},
    round,
    target::Target,
};

const STARTS: usize = 15;

/// What the programs may take in memory.
const MEGABYTES: f64 = 30.0;

pub(crate) async fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    let target = Target::start().await?;
    let folder = tempfile::tempdir()?;
    let variables = round::variables(&target.url, folder.path());
    let url = format!("sqlite://{}/bench.db", folder.path().display()).parse()?;
    migration::up(&Database::open(&url).await?).await?;
    for (name, listen, limit, work) in [
        ("task-runner", "RUNNER_LISTEN", 30, "POST /tasks"),
        ("api", "API_LISTEN", 20, "GET /overview"),
    ] {
        let program = built(name)?;
        let mut starts = Vec::new();
        let mut memory = 0.0_f64;
        for _ in 0..STARTS {
            let mut process = Program::start(&program, listen, &variables).await?;
            starts.push(process.first_answer("GET /livez").await?);
            process.ask(work).await?;
            memory = memory.max(process.megabytes()?);
            process.child.kill().await?;
        }
        let limit = Duration::from_millis(limit);
        let what = format!("{name}: exec to first answer, median of {STARTS}");
        figures.at_most(&what, quantile(&mut starts, 0.5), limit);
        let what = format!("{name}: resident memory after `{work}`");
        figures.number_at_most(&what, memory, MEGABYTES, "MB");
    }
    Ok(())
}

/// A program beside this one.
pub(crate) fn built(name: &str) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    ensure!(program.exists(), "{} is not built", program.display());
    Ok(program)
}

/// A program that runs, until it is dropped.
pub(crate) struct Program {
    child: Child,
    /// Where it listens: `127.0.0.1:1234`.
    pub(crate) address: String,
    started: Instant,
}

impl Program {
    /// Starts a program that listens where the variable `listen` says.
    pub(crate) async fn start(
        program: &Path,
        listen: &str,
        variables: &[(String, String)],
    ) -> anyhow::Result<Self> {
        // A port that was free a moment ago: the programs do not tell which one they got.
        let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.to_string();
        let mut command = Command::new(program);
        command.envs(variables.iter().map(|(name, value)| (name, value))).env(listen, &address);
        command.env_remove("PORT").stderr(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let started = Instant::now();
        Ok(Self { child: command.spawn()?, address, started })
    }

    /// Asks until there is an answer, and says how long after the start it came.
    pub(crate) async fn first_answer(&mut self, request: &str) -> anyhow::Result<Duration> {
        while self.started.elapsed() < Duration::from_secs(10) {
            if self.ask(request).await.is_ok() {
                return Ok(self.started.elapsed());
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        anyhow::bail!("no answer within 10 s")
    }

    async fn ask(&self, request: &str) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(&self.address).await?;
        let head = format!(
            "{request} HTTP/1.1\r\nhost: bench\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        ensure!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        Ok(())
    }

    /// The memory that is resident now.
    pub(crate) fn megabytes(&self) -> anyhow::Result<f64> {
        let id = self.child.id().context("the program has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kilobytes / 1e3 * 1.024)
    }
}
