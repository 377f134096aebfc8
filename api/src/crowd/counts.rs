//! How many answers came from memory, for `/prometheus`.

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

/// Counters of the answers, and of the memory that they take.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) hits: Counter,
    pub(super) misses: Counter,
    pub(super) shared: Counter,
    pub(super) kept_bytes: Gauge,
}

impl Counts {
    /// Makes the counters and adds them to `registry`.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let counts = Self::default();
        let Self { hits, misses, shared, kept_bytes } = counts.clone();
        registry.register("answer_hits", "Answers from memory", hits);
        registry.register("answer_misses", "Answers that were computed", misses);
        registry.register(
            "answer_shared",
            "Requests that waited for the answer to another",
            shared,
        );
        registry.register(
            "answer_kept_bytes",
            "Bytes that the kept answers take at most",
            kept_bytes,
        );
        counts
    }
}
