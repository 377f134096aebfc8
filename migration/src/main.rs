//! `migration up | down | status | fresh`: brings the database's schema to where it is wanted.

use anyhow::Context;
use clap::{Parser, Subcommand};
use model::{Database, DatabaseUrl};

/// Brings the schema of Cloud Monitor's database to where it is wanted.
#[derive(Parser)]
#[command(name = "migration", version)]
struct Arguments {
    /// sqlite://… or postgresql://…
    #[arg(long, env = "DATABASE_URL", default_value = model::database::DEFAULT_URL, hide_env_values = true)]
    database_url: DatabaseUrl,
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
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
    let arguments = Arguments::parse();
    let database = Database::open(&arguments.database_url).await?;
    run(&database, &arguments.command)
        .await
        .with_context(|| format!("on {}", arguments.database_url))
}

async fn run(database: &Database, command: &Command) -> anyhow::Result<()> {
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
