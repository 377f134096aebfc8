//! Programs that never outlive the drill, each with a log.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::error::Error;

/// 60 s: the longest that anything here takes to start, on a machine that does much else.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Lines of a log that say why a program ended.
const TOLD: usize = 12;

/// What the programs find of our environment: not the user's own clouds and databases.
const KEPT: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];

/// A running program. It ends when it is dropped, or when the drill is gone.
pub(super) struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts a program that was built beside this one.
    pub(super) fn start(
        name: &str,
        arguments: &[&str],
        variables: &[(String, String)],
        folder: &Path,
    ) -> Result<Self, Error> {
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log).map_err(Error::local("cannot write a log"))?;
        let errors = output.try_clone().map_err(Error::local("cannot write a log"))?;
        let kept = KEPT.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
        let child = Command::new(python())
            .arg(repository().join("deploy/local/children.py"))
            .arg(std::process::id().to_string())
            .arg(built(name)?)
            .args(arguments)
            .env_clear()
            .envs(kept)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::local("cannot start a program"))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Where it listens, once it says so.
    pub(super) async fn address(&mut self) -> Result<String, Error> {
        let started = Instant::now();
        loop {
            let said = std::fs::read_to_string(&self.log).unwrap_or_default();
            let listening = said.lines().find_map(|line| line.split_once("Listening on http://"));
            if let Some((_, rest)) = listening {
                return Ok(format!("http://{}", rest.split(' ').next().unwrap_or_default()));
            }
            self.check()?;
            if started.elapsed() > PATIENCE {
                return Err(self.problem("does not listen"));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits for its good end.
    pub(super) async fn done(&mut self) -> Result<(), Error> {
        let status = self.child.wait().await.map_err(Error::local("cannot wait for a program"))?;
        if status.success() { Ok(()) } else { Err(self.problem(&status.to_string())) }
    }

    /// It still runs.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.problem(&format!("ended: {status}"))),
            Err(source) => Err(Error::Local { what: "cannot ask for a program", source }),
        }
    }

    fn problem(&self, problem: &str) -> Error {
        Error::Program {
            program: self.name.clone(),
            problem: format!("{problem}\n{}", tail(&self.log)),
        }
    }
}

/// The end of a log.
pub(super) fn tail(log: &Path) -> String {
    let said = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(TOLD)..].join("\n")
}

/// The repository that this program was built from.
pub(super) fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The Python that `make` installs for the local cloud.
pub(super) fn python() -> PathBuf {
    repository().join(".venv/bin/python")
}

/// A program of the workspace: beside this one, or, for a test, above it.
fn built(name: &str) -> Result<PathBuf, Error> {
    let own = std::env::current_exe().map_err(Error::local("this program has no place"))?;
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    found.into_iter().find(|path| path.is_file()).ok_or_else(|| Error::Program {
        program: name.to_owned(),
        problem: "is not built: run `cargo build --workspace --bins`".into(),
    })
}

/// Where the programs of the workspace are.
pub(super) fn programs() -> Result<PathBuf, Error> {
    let program = built("task-runner")?;
    Ok(program.parent().map(Path::to_owned).unwrap_or_default())
}
