//! Starting one of the two programs, and ending it with the test.

use std::{
    net::TcpListener,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use tokio::time::sleep;

const API: &str = env!("CARGO_BIN_EXE_voting-game-api");
const WORKER: &str = env!("CARGO_BIN_EXE_voting-game-worker");

/// A running program.
pub(crate) struct Program {
    child: Child,
}

impl Program {
    /// Starts the API on a free port with these variables on top; returns it with its base URL.
    pub(crate) async fn api(variables: &[(&str, &str)]) -> (Self, String) {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a free port").to_string();
        let mut command = command(API, variables);
        command.env("VOTING_LISTEN", &address).env("VOTING_API_KEY", "open sesame");
        let program = Self { child: command.spawn().expect("the API starts") };
        let base = format!("http://{address}");
        eventually("the API listens", || async {
            reqwest::get(format!("{base}/livez")).await.ok().map(|_| ())
        })
        .await;
        (program, base)
    }

    /// Starts the worker with these variables on top.
    pub(crate) fn worker(variables: &[(&str, &str)]) -> Self {
        Self { child: command(WORKER, variables).spawn().expect("the worker starts") }
    }

    /// Sends SIGTERM, and returns the exit code and how long the end took.
    pub(crate) async fn terminate(mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        let kill = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(kill.expect("kill runs").success());
        let status = eventually("the program ends", || {
            let ended = self.child.try_wait().expect("a status");
            async move { ended }
        })
        .await;
        (status.code(), started.elapsed())
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a status").is_none()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already where the test ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the API without any variable and returns what it left.
pub(crate) fn api_without_variables() -> Output {
    Command::new(API).env_clear().output().expect("the API starts")
}

/// Asks again every 20 ms, for 20 s at most.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(value) = ask().await {
            return value;
        }
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn command(program: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}
