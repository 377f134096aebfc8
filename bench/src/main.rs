//! The numbers that the README quotes, each beside its limit: `make bench`.
//!
//! Every server under test is a process of its own, as in life; whatever is compared is measured
//! in the same run, in turns.

mod bare;
mod figures;
mod recording;
mod round;
mod start;
mod steps;
mod storage;
mod target;
mod throughput;
mod truth;
mod verdicts;

use clap::{Parser, Subcommand};

use crate::figures::Figures;

/// Measures Cloud Monitor against its limits.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Only how long a round takes.
    Round,
    /// Only how far a recorded time is from the true one.
    Truth,
    /// Only how many steps a second are possible.
    Throughput,
    /// Only how fast the programs start, and how much memory they take.
    Start,
    /// Only how long recording takes; needs TEST_POSTGRES_URL.
    Recording,
    /// Only how long the verdict on a round takes.
    Verdicts,
    /// Only what years of history cost; needs TEST_POSTGRES_URL.
    Storage(storage::Size),
    /// The server that the others measure against; prints its address.
    #[command(hide = true)]
    Target,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut figures = Figures::default();
    match Arguments::parse().command {
        Some(Command::Target) => return target::serve().await,
        Some(Command::Round) => round::measure(&mut figures).await?,
        Some(Command::Truth) => truth::measure(&mut figures).await?,
        Some(Command::Throughput) => throughput::measure(&mut figures).await?,
        Some(Command::Start) => start::measure(&mut figures).await?,
        Some(Command::Recording) => recording::measure(&mut figures).await?,
        Some(Command::Verdicts) => verdicts::measure(&mut figures)?,
        Some(Command::Storage(size)) => storage::measure(&mut figures, &size).await?,
        None => {
            round::measure(&mut figures).await?;
            truth::measure(&mut figures).await?;
            throughput::measure(&mut figures).await?;
            start::measure(&mut figures).await?;
            recording::measure(&mut figures).await?;
            verdicts::measure(&mut figures)?;
            storage::measure(&mut figures, &storage::Size::default()).await?;
        }
    }
    figures.print();
    Ok(())
}
