//! A voting game on a queue and two tables.
//!
//! ```text
//! POST /votes ─▶ api ─▶ SQS ─▶ worker ─▶ DynamoDB ─▶ GET /votes/{id}
//! ```
//!
//! [`api`] answers HTTP, [`worker`] stores queued votes. Both know a [`topic`] and a [`vote`], how
//! these are stored and queued, and nothing else of each other.

pub mod api;
pub mod cloud;
pub mod configuration;
pub mod error;
pub mod topic;
pub mod vote;
pub mod worker;

mod item;
mod tally;
