//! The local cloud with the sample applications on it: `deploy/local/cloud.py` as a child.

use std::{collections::HashMap, fs::File, io, net::TcpListener, path::Path, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::child::{PATIENCE, programs, python, repository, tail};
use crate::{error::Error, fault::Target, layer::Layer};

/// Where the cloud and the applications listen, behind the layer.
pub(super) struct Ports {
    cloud: u16,
    voting: u16,
    quotes: u16,
}

impl Ports {
    /// Ports that nobody uses right now.
    pub(super) fn free() -> Result<Self, Error> {
        let free = || -> io::Result<[u16; 3]> {
            // All before the first is asked for its port, so that they differ.
            let [a, b, c] = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0"));
            let [a, b, c] = [a?.local_addr()?, b?.local_addr()?, c?.local_addr()?];
            Ok([a.port(), b.port(), c.port()])
        };
        let [cloud, voting, quotes] = free().map_err(Error::local("there is no free port"))?;
        Ok(Self { cloud, voting, quotes })
    }

    pub(super) fn cloud_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.cloud)
    }

    pub(super) fn voting_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.voting)
    }

    pub(super) fn quotes_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.quotes)
    }
}

/// The running cloud. It ends when this is dropped, which closes its standard input.
pub(super) struct Cloud {
    /// What a monitor of it has to know, as if there were no layer.
    pub(super) variables: HashMap<String, String>,
    child: Child,
    log: std::path::PathBuf,
}

impl Cloud {
    /// Starts it, with the applications' own calls through the layer.
    pub(super) async fn start(ports: &Ports, layer: &Layer, folder: &Path) -> Result<Self, Error> {
        let log = folder.join("cloud.log");
        let errors = File::create(&log).map_err(Error::local("cannot write a log"))?;
        let mut command = Command::new(python());
        command
            .arg(repository().join("deploy/local/cloud.py"))
            .arg("--directory")
            .arg(folder.join("cloud"))
            .args(["--cloud-port", &ports.cloud.to_string()])
            .args(["--voting-port", &ports.voting.to_string()])
            .args(["--quotes-port", &ports.quotes.to_string()])
            .args(["--game-dynamodb-url", &layer.for_applications(Target::Dynamodb)])
            .args(["--game-sqs-url", &layer.for_applications(Target::Sqs)])
            .arg("--programs")
            .arg(programs()?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors);
        let mut child = command.spawn().map_err(|source| Error::Program {
            program: "the local cloud".into(),
            problem: format!("{source}; has `make .venv/installed` been run?"),
        })?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            let mut output = BufReader::new(output);
            let read = timeout(PATIENCE, output.read_line(&mut line)).await;
            read.unwrap_or(Ok(0)).map_err(Error::local("the cloud says nothing"))?;
        }
        let variables = serde_json::from_str(&line).map_err(|_| Error::Program {
            program: "the local cloud".into(),
            problem: format!("did not start\n{}", tail(&log)),
        })?;
        Ok(Self { variables, child, log })
    }

    /// Ends it in peace: it writes its state while it stops, into a folder that must still be there.
    pub(super) async fn stop(mut self) -> Result<(), Error> {
        drop(self.child.stdin.take());
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map(drop).map_err(|error| {
            Error::Program {
                program: "the local cloud".into(),
                problem: format!("does not end: {error}"),
            }
        })
    }

    pub(super) fn check(&mut self) -> Result<(), Error> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(Error::Program {
                program: "the local cloud".into(),
                problem: format!("ended: {ended:?}\n{}", tail(&self.log)),
            }),
        }
    }
}
