//! Rounds and their parts, of which a test names only what it is about.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Outcome, Status,
    measurement::Measurement,
    observation::{Observation, Phases},
    round::Round,
    service::Kind,
};

pub(crate) const REGION: &str = "us-east-1";

/// The slot `n` minutes after 2026-11-19T18:00Z.
pub(crate) fn minute(n: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-11-19T18:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(n)
}

/// The round of minute `n` in us-east-1, which judged this.
pub(crate) fn round(n: i64, measurements: impl Into<Vec<Measurement>>) -> Round {
    Round {
        region: REGION.into(),
        slot: minute(n),
        started_at: minute(n),
        duration_us: 420_000,
        observations: Vec::new(),
        measurements: measurements.into(),
    }
}

/// A service of the region, judged so.
pub(crate) fn judged(service: &'static str, status: Status) -> Measurement {
    let latency_us = (status == Status::Up).then_some(12_345);
    Measurement {
        service: service.into(),
        kind: Kind::Service,
        global: false,
        status,
        latency_us,
        cause: None,
        explanation: None,
    }
}

/// IAM, which is judged once for all regions.
pub(crate) fn iam(status: Status) -> Measurement {
    Measurement { global: true, ..judged("IAM", status) }
}

/// One of our applications, judged so.
pub(crate) fn application(name: &'static str, status: Status) -> Measurement {
    Measurement { kind: Kind::Application, ..judged(name, status) }
}

/// A first attempt of a step that needs EC2, succeeding at minute 0.
pub(crate) fn seen(probe: &'static str, step: &'static str) -> Observation {
    Observation {
        probe: probe.into(),
        step: step.into(),
        services: vec!["EC2".into()],
        attempt: 1,
        started_at: minute(0),
        outcome: Outcome::Succeeded,
        failure: None,
        phase: None,
        http_status: Some(200),
        request_id: None,
        phases: Phases { connect_us: Some(1_000), ..Phases::default() },
        total_us: Some(2_500),
        detail: None,
    }
}
