//! Votes: cast through the queue, read from the table.

mod queue;
mod table;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use queue::{Received, VoteQueue};
pub use table::Votes;

/// 1 h: long enough to look at what a probe did, short enough that nothing adds up.
const PROBE_LIFETIME_SECONDS: i64 = 60 * 60;

/// A vote on its way to the worker; the message in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// Made by us; storing the same one twice is harmless.
    pub id: Uuid,
    /// The topic voted on.
    pub topic_id: Uuid,
    /// The choice voted for.
    pub choice_id: Uuid,
    /// When it was put into the queue.
    pub queued_at: DateTime<Utc>,
    /// Cast by a monitor to see whether voting works: it takes the same way but never counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probe: bool,
}

/// A stored vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vote {
    /// What was cast.
    #[serde(flatten)]
    pub ballot: Ballot,
    /// When it was stored.
    pub created: DateTime<Utc>,
    /// When it is deleted, in seconds since 1970; only votes of probes are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

impl Vote {
    /// The vote that a ballot becomes when it is stored at `now`.
    pub fn of(ballot: Ballot, now: DateTime<Utc>) -> Self {
        let expires_at = ballot.probe.then(|| now.timestamp() + PROBE_LIFETIME_SECONDS);
        Self { ballot, created: now, expires_at }
    }
}
