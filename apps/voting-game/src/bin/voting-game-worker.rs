//! The voting game's worker.

use std::process::ExitCode;

use serve::{configuration::Variables, server::signalled};
use tokio::sync::watch;
use tracing::info;
use voting_game::{
    cloud::Cloud,
    configuration,
    vote::{VoteQueue, Votes},
    worker::Worker,
};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let settings = match configuration::Worker::read(Variables::from_environment()) {
        Ok(settings) => settings,
        Err(problems) => return Ok(problems.report()),
    };
    settings.logging.start()?;
    info!(?settings, "Starting");
    let (stopping, stop) = watch::channel(false);
    tokio::spawn(async move {
        signalled().await;
        // The worker holds the other end until it has stopped.
        let _ = stopping.send(true);
    });
    let cloud = Cloud::connect(&settings.place).await;
    let queue = VoteQueue::new(cloud.sqs, &settings.place.queue_url);
    let votes = Votes::new(cloud.dynamodb, &settings.place.votes_table);
    Worker::new(queue, votes).run(stop).await;
    info!("Stopped");
    Ok(ExitCode::SUCCESS)
}
