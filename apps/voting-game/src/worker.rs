//! The worker: takes ballots from the queue and stores them as votes.
//!
//! - SQS delivers at least once, and storing is idempotent by the vote's id.
//! - A message is deleted after it was stored, never before.
//! - A message that is no ballot is handed out again at once, until the queue's redrive policy moves
//!   it to the dead letters.
//! - While DynamoDB is away the worker keeps what it has in hand and tries again: an outage must not
//!   use up the receives that the redrive policy grants.

mod backoff;

use std::time::Duration;

use chrono::Utc;
use futures_util::future::join_all;
use tokio::{sync::watch, time::timeout};
use tracing::{debug, error, info, warn};

use crate::{
    error::Error,
    vote::{Ballot, Received, Vote, VoteQueue, Votes},
};
use backoff::Backoff;

/// 30 s: longer than an attempt to store (5 s) and the longest pause after it (5 s) together.
const KEEP: Duration = Duration::from_secs(30);

/// Stores ballots.
#[derive(Clone, Debug)]
pub struct Worker {
    queue: VoteQueue,
    votes: Votes,
}

impl Worker {
    /// A worker between this queue and this table.
    pub fn new(queue: VoteQueue, votes: Votes) -> Self {
        Self { queue, votes }
    }

    /// Works until `stop` becomes true; the batch in hand is finished first.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut backoff = Backoff::default();
        while !*stop.borrow() {
            let received = tokio::select! {
                _ = stop.changed() => break,
                received = self.queue.receive() => received,
            };
            match received {
                Ok(batch) => {
                    backoff = Backoff::default();
                    self.store_all(batch, &stop).await;
                }
                Err(error) => {
                    let pause = backoff.next_pause();
                    warn!(error = chain(&error), "Cannot receive, trying again in {pause:?}");
                    pause_or_stop(pause, &mut stop).await;
                }
            }
        }
    }

    async fn store_all(&self, batch: Vec<Received>, stop: &watch::Receiver<bool>) {
        let stored = batch.into_iter().map(|message| self.store(message, stop.clone()));
        let done: Vec<Received> = join_all(stored).await.into_iter().flatten().collect();
        if done.is_empty() {
            return;
        }
        info!("Stored {} votes", done.len());
        if let Err(error) = self.queue.delete(&done).await {
            // They come again and are found to be stored already.
            warn!(
                error = chain(&error),
                "Cannot delete {} stored votes from the queue",
                done.len()
            );
        }
    }

    /// Returns the message when it is done with.
    async fn store(&self, message: Received, stop: watch::Receiver<bool>) -> Option<Received> {
        let ballot = match message.ballot() {
            Ok(ballot) => ballot,
            Err(problem) => {
                let message_id = &message.message_id;
                error!(message_id, error = chain(&problem), "Received something that is no ballot");
                self.keep(&message, Duration::ZERO).await;
                return None;
            }
        };
        self.insist(&message, ballot, stop).await.then_some(message)
    }

    /// Tries to store a ballot until it is stored, refused for good, or we have to stop.
    async fn insist(
        &self,
        message: &Received,
        ballot: Ballot,
        mut stop: watch::Receiver<bool>,
    ) -> bool {
        let mut backoff = Backoff::default();
        let vote_id = ballot.id;
        loop {
            match self.votes.add(&Vote::of(ballot.clone(), Utc::now())).await {
                Ok(is_new) => {
                    debug!(%vote_id, is_new, "Stored a vote");
                    return true;
                }
                Err(problem @ Error::Away { .. }) => {
                    let pause = backoff.next_pause();
                    warn!(%vote_id, error = chain(&problem), "Cannot store, trying again in {pause:?}");
                    self.keep(message, KEEP).await;
                    if pause_or_stop(pause, &mut stop).await {
                        return false;
                    }
                }
                Err(problem) => {
                    error!(%vote_id, error = chain(&problem), "Cannot store, leaving it to the queue");
                    return false;
                }
            }
        }
    }

    async fn keep(&self, message: &Received, time: Duration) {
        if let Err(error) = self.queue.keep(message, time).await {
            // The message only comes again at its own time.
            debug!(error = chain(&error), "Cannot change when a message comes again");
        }
    }
}

/// Waits, and says whether the wait was cut short because we have to stop.
async fn pause_or_stop(pause: Duration, stop: &mut watch::Receiver<bool>) -> bool {
    timeout(pause, stop.wait_for(|stop| *stop)).await.is_ok()
}

/// An error and everything that caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said.push_str(": ");
        said.push_str(&error.to_string());
        cause = error.source();
    }
    said
}
