//! The `api` program: reads its settings, listens, and answers until it is told to stop.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;
use api::{App, clock::Clock, configuration, configuration::Configuration, events::Streams};
use clap::{Parser, Subcommand};
use model::{Database, DatabaseUrl};
use serve::{
    configuration::Variables,
    descriptors, listen,
    server::{self, Limits, Server},
};
use tracing::{error, info};

/// Serves what Cloud Monitor measured.
#[derive(Parser)]
#[command(name = "api", version, after_help = configuration::HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Print the OpenAPI document and exit.
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    if let Some(Command::Openapi) = Arguments::parse().command {
        let printed = writeln!(io::stdout(), "{}", api::documents::openapi());
        return if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let configuration = match Configuration::read(Variables::from_environment()) {
        Ok(configuration) => configuration,
        Err(problems) => return problems.report(),
    };
    match run(configuration).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(configuration: Configuration) -> anyhow::Result<()> {
    let Configuration {
        database_url,
        replica_url,
        address,
        cors,
        stale_after,
        public_url,
        applications,
        logging,
    } = configuration;
    logging.start().context("cannot start the log")?;
    let listener = listen::bind(address)?;
    let database = open(&database_url).await?;
    let replica = match &replica_url {
        Some(url) => Some(open(url).await?),
        None => None,
    };
    let connections = descriptors::connections();
    let version = env!("CARGO_PKG_VERSION");
    info!(database = %database_url, replica = ?replica_url, ?cors, ?stale_after, %public_url, connections, "Starting api {version}");
    // One place in eight is left to requests that have an end.
    let streams = Streams::of(&database, connections - connections / 8);
    let signalled = server::signalled();
    let ending = streams.clone();
    let stop = async move {
        signalled.await;
        ending.close();
    };
    let clock = Clock::MACHINE;
    let app =
        App { database, replica, clock, cors, stale_after, streams, public_url, applications };
    let limits = Limits { connections, ..Limits::default() };
    Server::new(api::endpoint(app)).limits(limits).run(listener, stop).await?;
    Ok(())
}

async fn open(url: &DatabaseUrl) -> anyhow::Result<Database> {
    Database::open_to_read(url).await.context("cannot prepare the database")
}
