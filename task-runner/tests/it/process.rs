//! The program as a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::databases::Store;

/// A running program. It ends when it is dropped.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Process {
    /// Starts the program with these variables, and waits until it listens.
    pub(crate) fn start(store: &Store, variables: &[(&str, String)]) -> Self {
        let mut command = command();
        command
            .env("TM_REGION", "us-east-1")
            .env("DATABASE_URL", &store.url)
            .env("TM_JOURNAL_DIR", store.journal())
            .envs(variables.iter().map(|(name, value)| (*name, value)));
        Self::run(&mut command)
    }

    /// Starts a command, and waits until it listens.
    pub(crate) fn run(command: &mut Command) -> Self {
        command.env("RUNNER_LISTEN", "127.0.0.1:0").stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (found, address) = mpsc::channel();
        let log = Arc::new(Mutex::new(String::new()));
        let kept = log.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("Listening on http://") {
                    let address = address.split(' ').next().unwrap().parse().unwrap();
                    // Whoever waited may have given up.
                    let _ = found.send(address);
                }
                *kept.lock().unwrap() += &(line + "\n");
            }
        });
        let address = address
            .recv_timeout(Duration::from_secs(10))
            .unwrap_or_else(|_| panic!("does not listen: {}", log.lock().unwrap()));
        Self { address, child, log }
    }

    /// What it logged until now.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Waits for its end; the exit code.
    pub(crate) fn wait(&mut self, patience: Duration) -> Option<i32> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(started.elapsed() < patience, "still runs: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already where the test ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program without any variable.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_task-runner"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// Runs a command to its end: its exit code, and what it wrote to standard error.
pub(crate) fn output(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// Asks again every 50 ms until it is so.
pub(crate) async fn eventually(patience: Duration, mut is_so: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < patience, "not within {patience:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
