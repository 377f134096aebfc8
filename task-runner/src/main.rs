//! `task-runner`: runs the probes of one region when a scheduler asks for it.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};
use model::{Database, demo};
use serve::{configuration::Variables, listen, server};
use task_runner::{
    config::Config,
    http,
    journal::Journal,
    judging::{self, Span},
    keeping::Keeper,
    runner::Runner,
};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

/// 5 s: what runs may still take after a signal; recording has the rest of the ten seconds that
/// a container platform gives.
const RUN_ON: Duration = Duration::from_secs(5);

/// 10 s between looks at a journal that is not empty.
const REPLAY_EVERY: Duration = Duration::from_secs(10);

/// Runs the probes of one region when a scheduler asks for it. Configured by environment
/// variables; the README lists them.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Judges stored rounds again by the present rule, and puts their measurements right
    Judge(Span),
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    if matches!(&command, Some(Command::Judge(span)) if span.from >= span.to) {
        let problem = "--from must be before --to";
        Arguments::command().error(ErrorKind::ValueValidation, problem).exit();
    }
    let config = match Config::read(Variables::from_environment()) {
        Ok(config) => config,
        Err(problems) => return problems.report(),
    };
    let done = match command {
        None => serve(config),
        Some(Command::Judge(span)) => judge(&config, &span),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(config: Config) -> anyhow::Result<()> {
    config.logging.start()?;
    info!(?config, "Starting");
    let listener = listen::bind(config.listen)?;
    let database = Database::open(&config.database_url).await?;
    // One that is away is waited for; one that answers must hold what is real.
    if demo::is_one(&database).await.unwrap_or(false) {
        anyhow::bail!("the history in this database is made up: set DATABASE_URL to another one");
    }
    let keeper = Keeper::new(database, Journal::in_folder(&config.journal));
    let runner = Arc::new(Runner::new(config, keeper));
    let replaying = tokio::spawn(replay(runner.clone()));
    let stopping = runner.clone();
    let signalled = server::signalled();
    let stop = async move {
        signalled.await;
        tokio::spawn(async move { stopping.finish(Instant::now() + RUN_ON).await });
    };
    server::Server::new(http::endpoint(runner.clone())).run(listener, stop).await?;
    // A run whose trigger has hung up is still kept.
    runner.finish(Instant::now()).await;
    replaying.abort();
    if let Err(error) = runner.keeper.database.checkpoint().await {
        warn!(
            error = &error as &dyn std::error::Error,
            "What was recorded last is in the -wal of the SQLite file only"
        );
    }
    Ok(())
}

/// Judges again, and prints what that changes.
#[tokio::main]
async fn judge(config: &Config, span: &Span) -> anyhow::Result<()> {
    config.logging.start()?;
    let database = Database::open(&config.database_url).await?;
    let region = span.region.as_deref().unwrap_or(&config.region);
    let judged = judging::judge(&database, region, span, print).await?;
    let verb = if span.dry_run { "would change" } else { "changed" };
    let judging::Judged { rounds, corrections } = judged;
    print(&format_args!("{rounds} rounds in {region}: {corrections} measurements {verb}"));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the answer of a command")]
fn print(line: &impl std::fmt::Display) {
    println!("{line}");
}

/// Brings rounds into the database that wait for it, also while no trigger comes.
async fn replay(runner: Arc<Runner>) {
    loop {
        if let Err(error) = runner.keeper.replay().await {
            warn!(error = &error as &dyn std::error::Error, "The journal waits for the database");
        }
        sleep(REPLAY_EVERY).await;
    }
}
