//! Rounds and their parts, of which a test names only what it is about.

use std::cell::Cell;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Failure, Outcome, Status,
    measurement::Measurement,
    observation::{Observation, Phases},
    round::Round,
    service::Kind,
};

thread_local! {
    /// How far the clock of this test went on: a test and its program share a thread.
    static PASSED: Cell<TimeDelta> = const { Cell::new(TimeDelta::zero()) };
}

/// What the program's clock shows: 2026-11-19T18:30:30Z, and what has [`pass`]ed since.
pub(crate) fn now() -> DateTime<Utc> {
    minute(30) + TimeDelta::seconds(30) + PASSED.get()
}

/// Lets time go on for the program.
pub(crate) fn pass(time: TimeDelta) {
    PASSED.set(PASSED.get() + time);
}

/// The slot `n` minutes after 2026-11-19T18:00Z.
pub(crate) fn minute(n: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-11-19T18:00:00Z".parse().expect("a time");
    start + TimeDelta::minutes(n)
}

/// The round of minute `n` in us-east-1, which judged this.
pub(crate) fn round(n: i64, measurements: impl Into<Vec<Measurement>>) -> Round {
    Round {
        region: "us-east-1".into(),
        slot: minute(n),
        started_at: minute(n),
        duration_us: 420_000,
        observations: Vec::new(),
        measurements: measurements.into(),
    }
}

/// A round of another region.
pub(crate) fn elsewhere(region: &str, round: Round) -> Round {
    Round { region: region.into(), ..round }
}

/// A round that saw this.
pub(crate) fn seeing(n: i64, observations: impl Into<Vec<Observation>>) -> Round {
    Round { observations: observations.into(), ..round(n, []) }
}

/// A service, judged so.
pub(crate) fn judged(service: &'static str, status: Status) -> Measurement {
    Measurement {
        service: service.into(),
        kind: Kind::Service,
        global: false,
        status,
        latency_us: (status == Status::Up).then_some(12_345),
        cause: (status == Status::Down).then_some(Failure::Http5xx),
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

/// A first attempt of a step that needs SQS, succeeding at minute `n`.
pub(crate) fn seen(n: i64, probe: &'static str, step: &'static str) -> Observation {
    Observation {
        probe: probe.into(),
        step: step.into(),
        services: vec!["SQS".into()],
        attempt: 1,
        started_at: minute(n) + TimeDelta::milliseconds(120),
        outcome: Outcome::Succeeded,
        failure: None,
        phase: None,
        http_status: Some(200),
        request_id: Some("6f1c".into()),
        phases: Phases { connect_us: Some(1_000), ..Phases::default() },
        total_us: Some(2_500),
        detail: None,
    }
}

/// The same, failed so.
pub(crate) fn failed(observation: Observation, failure: Failure) -> Observation {
    Observation { outcome: Outcome::Failed, failure: Some(failure), ..observation }
}
