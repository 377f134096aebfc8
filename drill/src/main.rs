//! `drill`: plays outages against the real monitor, and tells how well it judged them.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;
use drill::{
    error::Error,
    play::play,
    report::{Play, Report},
    scenario::Scenario,
    selection,
    world::World,
};
use tokio::signal::unix::{SignalKind, signal};

/// Plays outages against the real task runner, API and sample applications, and scores the
/// verdicts.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Play this file; may be repeated. Without any, all of drill/scenarios.
    #[arg(long = "scenario", value_name = "FILE")]
    scenarios: Vec<PathBuf>,
    /// Play a short selection, of about two minutes.
    #[arg(long, conflicts_with = "scenarios")]
    quick: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Exit with 1 when what was played misses its [expect], or the bars.
    #[arg(long)]
    bar: bool,
    /// Keep logs and databases, and say where.
    #[arg(long)]
    keep: bool,
    /// A database to use instead of fresh SQLite files. Its tables are DROPPED before each scenario.
    // No variable: a database that happens to be in the environment must not be emptied.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// 130: ended by a signal, as shells say it.
const STOPPED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    match drill(&Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            say(&format!("drill: {error}"));
            ExitCode::from(if error.is_input() { 2 } else { 1 })
        }
    }
}

async fn drill(arguments: &Arguments) -> Result<ExitCode, Error> {
    let scenarios = selection::read(&arguments.scenarios, arguments.quick)?;
    let mut world = World::start(arguments.database_url.clone()).await?;
    if arguments.keep {
        say(&format!("logs and databases: {}", world.keep().display()));
    }
    let played = tokio::select! {
        played = play_all(&mut world, &scenarios) => Some(played),
        () = told_to_stop() => None,
    };
    // However it went: the cloud writes its state while it stops.
    world.stop().await?;
    let Some(played) = played else { return Ok(ExitCode::from(STOPPED)) };
    let report = Report::of(played?);
    print(&report, arguments.json);
    Ok(ExitCode::from(u8::from(arguments.bar && !report.missed.is_empty())))
}

async fn play_all(world: &mut World, scenarios: &[Scenario]) -> Result<Vec<Play>, Error> {
    let mut plays = Vec::new();
    for scenario in scenarios {
        plays.push(play_one(world, scenario).await?);
    }
    Ok(plays)
}

async fn play_one(world: &mut World, scenario: &Scenario) -> Result<Play, Error> {
    say(&format!("{}: {} ({} slots)", scenario.id, scenario.title, scenario.slots));
    let started = Instant::now();
    let record = match play(world, scenario).await {
        Ok(record) => record,
        Err(error) => {
            say(&format!("logs: {}", world.keep().display()));
            return Err(error);
        }
    };
    let played = Play::of(scenario, &record, started.elapsed().as_secs());
    let result =
        if played.missed.is_empty() { "as expected".into() } else { played.missed.join("; ") };
    say(&format!("  {result} ({} s)", played.seconds));
    Ok(played)
}

/// Returns when we are to end.
async fn told_to_stop() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => terminated.recv().await,
            // Then the signal ends the process by itself.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
}

#[expect(clippy::print_stdout, reason = "the answer of a command-line tool")]
fn print(report: &Report, as_json: bool) {
    match serde_json::to_string_pretty(report) {
        Ok(json) if as_json => println!("{json}"),
        _ => print!("{}", report.text()),
    }
}

#[expect(clippy::print_stderr, reason = "how far a command-line tool has come")]
fn say(text: &str) {
    eprintln!("{text}");
}
