//! Topics: a question with choices to vote for.

mod draft;
mod table;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

pub use draft::Draft;
pub use table::Topics;

/// A question with its choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// Made by us.
    pub id: Uuid,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it was last changed.
    pub last_upd: DateTime<Utc>,
    /// Whether it is offered for voting.
    pub is_active: bool,
    /// The question.
    pub title: String,
    /// What can be voted for, in this order.
    pub choices: Vec<Choice>,
}

/// One thing to vote for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Given by the topic's author, or made by us.
    pub id: Uuid,
    /// What voters read.
    pub description: String,
    /// How many of the topic's newest votes went to it; only where votes were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub votes: Option<usize>,
}
