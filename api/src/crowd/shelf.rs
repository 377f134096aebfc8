//! The answers that are kept in memory, bounded by their bytes.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};

use super::answer::Answer;

/// 16 MB: a thousand answers of 8 kB, in every coding.
const ROOM: u64 = 16_000_000;

/// Small enough that the cache is not divided: of many parts each would be too small for the largest
/// answers, and a crowd asks for the same one anyway.
const ANSWERS: usize = 32;

/// The answers that are kept. Those that are asked for least are forgotten when there is no room.
#[derive(Debug)]
pub(super) struct Shelf(Cache<String, Arc<Answer>, Size>);

/// Weighs an answer by the most bytes that it can take.
#[derive(Clone, Copy, Debug)]
struct Size;

impl Weighter<String, Arc<Answer>> for Size {
    fn weight(&self, key: &String, answer: &Arc<Answer>) -> u64 {
        (key.len() + answer.bytes()) as u64
    }
}

impl Shelf {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self(Cache::with_weighter(ANSWERS, ROOM, Size))
    }

    /// The answer to the request with this key, however old.
    pub(super) fn get(&self, key: &str) -> Option<Arc<Answer>> {
        self.0.get(key)
    }

    /// Keeps an answer, in place of the one before.
    pub(super) fn put(&self, key: String, answer: Arc<Answer>) {
        self.0.insert(key, answer);
    }

    /// How many bytes the answers take at most.
    pub(super) fn bytes(&self) -> u64 {
        self.0.weight()
    }
}
