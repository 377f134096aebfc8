//! `migration up | down | status | fresh`: brings the database's schema to where it is wanted.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Parser, Subcommand};
use model::{Database, DatabaseUrl};

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
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
    let Arguments { database_url, command } = Arguments::parse();
    // Set to nothing counts as absent, as in the other programs.
    let text = database_url.filter(|text| !text.trim().is_empty());
    match text.as_deref().unwrap_or(model::database::DEFAULT_URL).trim().parse() {
        Ok(url) => {
            run(&url, &command).await.with_context(|| format!("on {url}"))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let error: model::Error = error;
            writeln!(io::stderr(), "configuration: DATABASE_URL {error}")?;
            // As for wrong arguments.
            Ok(ExitCode::from(2))
        }
    }
}

async fn run(url: &DatabaseUrl, command: &Command) -> anyhow::Result<()> {
    let database = &Database::open(url).await?;
    match command {
        Command::Up => migration::up(database).await?,
        Command::Down { steps } => migration::down(database, *steps).await?,
        Command::Fresh => migration::fresh(database).await?,
        Command::Status => {}
    }
    print_status(database).await
}

#[expect(clippy::print_stdout, reason = "the answer of a command-line tool")]
async fn print_status(database: &Database) -> anyhow::Result<()> {
    for step in migration::status(database).await? {
        println!("{:8} {}", if step.applied { "applied" } else { "pending" }, step.name);
    }
    Ok(())
}
