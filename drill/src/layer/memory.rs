//! What the layer remembers of answers: old ones to give again, and votes that are not there yet.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use serde_json::Value;
use tokio::time::Instant;

use crate::fault::Place;

/// Filled while a scenario is played.
#[derive(Default)]
pub(super) struct Memory {
    answers: Mutex<HashMap<(Place, String), Response<Bytes>>>,
    /// Until when a vote is hidden; for ever where there is no time.
    votes: Mutex<HashMap<String, Option<Instant>>>,
}

impl Memory {
    /// Keeps the first good answer to an operation at a place.
    pub(super) fn keep(&self, place: Place, operation: &str, answer: &Response<Bytes>) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (place, operation.to_owned());
        if answer.status().is_success() && !answers.contains_key(&key) {
            answers.insert(key, answer.clone());
        }
    }

    /// What was answered first.
    pub(super) fn old(&self, place: Place, operation: &str) -> Option<Response<Bytes>> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(&(place, operation.to_owned())).cloned()
    }

    /// Hides the vote that an answer says was accepted, for that time or for ever.
    pub(super) fn hide_vote(&self, accepted: &Response<Bytes>, time: Option<Duration>) {
        let vote: Value = serde_json::from_slice(accepted.body()).unwrap_or_default();
        if let Some(id) = vote["id"].as_str() {
            let until = time.map(|time| Instant::now() + time);
            let mut votes = self.votes.lock().unwrap_or_else(PoisonError::into_inner);
            votes.insert(id.to_owned(), until);
        }
    }

    /// Whether the vote that a path names is hidden.
    pub(super) fn hides(&self, path: &str) -> bool {
        let votes = self.votes.lock().unwrap_or_else(PoisonError::into_inner);
        let id = path.strip_prefix("/votes/");
        let hidden = id.and_then(|id| votes.get(id));
        hidden.is_some_and(|until| until.is_none_or(|until| Instant::now() < until))
    }

    /// Begins anew.
    pub(super) fn forget(&self) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.votes.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
