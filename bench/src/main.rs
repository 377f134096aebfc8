//! The numbers that the README quotes, each beside its limit: `make bench`.
//!
//! Every server under test is a process of its own, as in life; whatever is compared is measured
//! in the same run, in turns.

mod bare;
mod crowd;
mod events;
mod figures;
mod import;
mod recording;
mod round;
mod start;
mod steps;
mod storage;
mod target;
mod throughput;
mod truth;
mod verdicts;

use std::path::PathBuf;

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
    /// Only how soon listeners hear of a round; on PostgreSQL too, with TEST_POSTGRES_URL.
    Events,
    /// Only how long the verdict on a round takes.
    Verdicts,
    /// Only what years of history cost; needs TEST_POSTGRES_URL.
    Storage(storage::Size),
    /// Only how many answers from memory a crowd gets.
    Crowd,
    /// Only how fast the history of the other system is taken over; needs TEST_POSTGRES_URL.
    Import(import::Size),
    /// The server that the others measure against; prints its address.
    #[command(hide = true)]
    Target,
    /// The server that answers from memory are measured against; prints its address.
    #[command(hide = true)]
    Constant {
        /// The answer, head and body.
        answer: PathBuf,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut figures = Figures::default();
    match Arguments::parse().command {
        Some(Command::Target) => return target::serve().await,
        Some(Command::Constant { answer }) => return crowd::serve(&answer).await,
        Some(Command::Round) => round::measure(&mut figures).await?,
        Some(Command::Truth) => truth::measure(&mut figures).await?,
        Some(Command::Throughput) => throughput::measure(&mut figures).await?,
        Some(Command::Start) => start::measure(&mut figures).await?,
        Some(Command::Recording) => recording::measure(&mut figures).await?,
        Some(Command::Crowd) => crowd::measure(&mut figures).await?,
        Some(Command::Events) => events::measure(&mut figures).await?,
        Some(Command::Verdicts) => verdicts::measure(&mut figures)?,
        Some(Command::Storage(size)) => storage::measure(&mut figures, &size).await?,
        Some(Command::Import(size)) => import::measure(&mut figures, &size).await?,
        None => {
            round::measure(&mut figures).await?;
            truth::measure(&mut figures).await?;
            throughput::measure(&mut figures).await?;
            start::measure(&mut figures).await?;
            crowd::measure(&mut figures).await?;
            recording::measure(&mut figures).await?;
            events::measure(&mut figures).await?;
            verdicts::measure(&mut figures)?;
            storage::measure(&mut figures, &storage::Size::default()).await?;
            import::measure(&mut figures, &import::Size::default()).await?;
        }
    }
    figures.print();
    Ok(())
}
