//! The runner's own metrics: rounds, and what they judged.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use crate::{keeping::Kept, runner::Report};

/// From 50 ms, a round on one machine, to the round's deadline.
const BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Counts rounds.
#[derive(Clone, Debug)]
pub(crate) struct RoundMetrics {
    rounds: Family<RoundLabels, Counter>,
    durations: Histogram,
    newest: Gauge,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RoundLabels {
    kept: &'static str,
}

impl RoundMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            rounds: Family::default(),
            durations: Histogram::new(BUCKETS),
            newest: Gauge::default(),
        };
        registry.register("rounds", "Rounds by what became of them", metrics.rounds.clone());
        registry.register(
            "round_duration_seconds",
            "Seconds that the probes of a round took",
            metrics.durations.clone(),
        );
        registry.register(
            "newest_slot_timestamp_seconds",
            "The newest slot that was run, in seconds since 1970",
            metrics.newest.clone(),
        );
        metrics
    }

    pub(crate) fn count(&self, report: &Report) {
        let kept = match report.kept {
            Kept::Recorded => "recorded",
            Kept::Duplicate => "duplicate",
            Kept::Journaled => "journaled",
            Kept::Nowhere => "lost",
        };
        self.rounds.get_or_create(&RoundLabels { kept }).inc();
        if report.kept != Kept::Duplicate {
            self.durations.observe(f64::from(report.round.duration_us) / 1e6);
            self.newest.set(self.newest.get().max(report.round.slot.timestamp()));
        }
    }
}
