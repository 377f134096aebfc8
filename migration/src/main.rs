//! `migration up | down | status | fresh | maintain | import | demo`: brings the database's schema to
//! where it is wanted, does by hand what runners do from time to time, and takes over the history
//! of the system that this one replaces.

use std::{io, num::NonZeroU16, time::Duration};

use anyhow::Context;
use clap::{Args, CommandFactory, Parser, Subcommand, error::ErrorKind};
use migration::import;
use model::{Database, DatabaseUrl, Retention, demo, maintenance, slot};

/// Brings the schema of Cloud Monitor's database to where it is wanted.
#[derive(Parser)]
#[command(name = "migration", version)]
struct Arguments {
    /// sqlite://… or postgresql://…; default sqlite://data/cloud_monitor.db
    // Text, because clap would print a malformed value, and with it the password.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Apply the migrations that the database lacks.
    Up,
    /// Take the newest migrations back, with the data that they hold.
    Down {
        /// How many.
        #[arg(default_value_t = 1)]
        steps: u32,
    },
    /// List the migrations, and whether the database has them.
    Status,
    /// Drop our tables with all that they hold, and make them anew.
    Fresh,
    /// Roll up what is due, make the next parts of tables, and let go what is too old.
    Maintain(Kept),
    /// Take over the history of the system that this one replaces, and roll it up.
    ///
    /// Reads its table cloud_monitor.metrics in the order of time: along an index on timestamp,
    /// if there is one; else the source sorts the rows first, which takes it some minutes for a
    /// hundred million and temporary space of about the table's size. The rows of a minute, a
    /// region and a dimension become one measurement: up, down, or, if they differ, degraded.
    /// response_time is in milliseconds; 1,800,000 and more marks a failure.
    ///
    /// Can be stopped at any time and run again: it goes on where it was. What this system
    /// measured itself stays. Stop the other system and run it once more for the last minutes.
    Import(Import),
    /// Fill an empty database with made-up history, and add a round a minute to it.
    ///
    /// Runs until it is stopped. The database is marked: every page says that it is made up, and
    /// no task runner records into it.
    Demo {
        /// How many days of history.
        #[arg(long, default_value_t = 90)]
        days: u16,
    },
}

#[derive(Args)]
struct Kept {
    /// Days that measurements are kept, at least.
    #[arg(long, env = "RETENTION_MEASUREMENTS_DAYS", default_value = "396")]
    measurements_days: NonZeroU16,
    /// Days that observations and runs are kept, at least.
    #[arg(long, env = "RETENTION_OBSERVATIONS_DAYS", default_value = "30")]
    observations_days: NonZeroU16,
}

impl Kept {
    fn retention(&self) -> Retention {
        Retention {
            measurements_days: self.measurements_days.get(),
            observations_days: self.observations_days.get(),
        }
    }
}

#[derive(Args)]
struct Import {
    /// The source: postgresql://… with sslmode and so on, as in DATABASE_URL.
    // Text, because clap would print a malformed value, and with it the password.
    #[arg(long, env = "IMPORT_FROM", hide_env_values = true)]
    from: String,
    /// Count, list (the first 100) and skip malformed rows, instead of ending at the first.
    #[arg(long)]
    skip_bad: bool,
    /// Read and count everything, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Read everything again, also what an earlier import has read.
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    kept: Kept,
}

impl Import {
    fn options(&self) -> import::Options {
        let Self { skip_bad, dry_run, again, .. } = *self;
        let from = address("--from (IMPORT_FROM)", &self.from);
        if from.server().is_none() {
            refuse("--from: only a PostgreSQL server can be the source");
        }
        import::Options { from, skip_bad, dry_run, again }
    }
}

/// Reads an address, which may hold a password: a malformed one is not echoed.
fn address(option: &str, text: &str) -> DatabaseUrl {
    text.trim().parse().unwrap_or_else(|error: model::Error| refuse(&format!("{option} {error}")))
}

/// Ends the program as for any other wrong argument, with exit code 2.
fn refuse(problem: &str) -> ! {
    Arguments::command().error(ErrorKind::ValueValidation, problem).exit()
}

/// 5 s between two lines of a long maintenance.
const SHOW_EVERY: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
    let Arguments { database_url, command } = Arguments::parse();
    // Set to nothing counts as absent, as in the other programs.
    let text = database_url.filter(|text| !text.trim().is_empty());
    let url = address(
        "--database-url (DATABASE_URL)",
        text.as_deref().unwrap_or(model::database::DEFAULT_URL),
    );
    run(&url, &command).await.with_context(|| format!("on {url}"))
}

async fn run(url: &DatabaseUrl, command: &Command) -> anyhow::Result<()> {
    if let Command::Import(import) = command {
        let (options, retention) = (import.options(), import.kept.retention());
        return take_over(&Database::open(url).await?, &options, &retention).await;
    }
    let database = &Database::open(url).await?;
    match command {
        Command::Up => migration::up(database).await?,
        Command::Down { steps } => migration::down(database, *steps).await?,
        Command::Fresh => migration::fresh(database).await?,
        Command::Status | Command::Import(_) => {}
        Command::Maintain(kept) => return maintain(database, &kept.retention()).await,
        Command::Demo { days } => return demonstrate(database, *days).await,
    }
    print_status(database).await
}

/// Imports, and rolls up what was imported.
#[expect(clippy::print_stdout, reason = "the answer of a command-line tool")]
async fn take_over(
    database: &Database,
    options: &import::Options,
    retention: &Retention,
) -> anyhow::Result<()> {
    let report = import::run(database, options).await?;
    if !options.dry_run {
        maintain(database, retention).await?;
    }
    print!("{report}");
    Ok(())
}

/// Fills an empty database, and goes on recording until it is stopped.
#[expect(clippy::print_stdout, reason = "the answer of a command-line tool")]
async fn demonstrate(database: &Database, days: u16) -> anyhow::Result<()> {
    println!("making up {days} days of ten regions");
    let filled = chrono::Utc::now();
    demo::fill(database, days, filled).await?;
    println!("done; a round a minute from now on");
    let mut next = slot::containing(filled) + slot::LENGTH;
    loop {
        while next <= chrono::Utc::now() {
            demo::record(database, next, filled).await?;
            next += slot::LENGTH;
        }
        let wait = next - chrono::Utc::now();
        tokio::time::sleep(wait.to_std().unwrap_or_default()).await;
    }
}

/// Maintains until nothing is left to do.
#[expect(clippy::print_stdout, reason = "the answer of a command-line tool")]
async fn maintain(database: &Database, retention: &Retention) -> anyhow::Result<()> {
    loop {
        let done = maintenance::run(database, retention, chrono::Utc::now(), SHOW_EVERY).await?;
        println!(
            "rolled up {} hours and {} days; made {} parts, packed {}, dropped {}; deleted {} rows",
            done.hours,
            done.days,
            done.parts_made,
            done.parts_packed,
            done.parts_dropped,
            done.rows_deleted
        );
        if done.finished {
            return Ok(());
        }
    }
}

#[expect(clippy::print_stdout, reason = "the answer of a command-line tool")]
async fn print_status(database: &Database) -> anyhow::Result<()> {
    for step in migration::status(database).await? {
        println!("{:8} {}", if step.applied { "applied" } else { "pending" }, step.name);
    }
    Ok(())
}
