//! What a demonstration's runners saw: a failed step for each service of theirs that is not up.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Failure, Outcome, Phase, Status,
    measurement::Measurement,
    observation::{Observation, Phases},
    service::Kind,
};

/// The evidence of what is not up.
pub(super) fn of(
    measurements: &[Measurement],
    region: &str,
    slot: DateTime<Utc>,
) -> Vec<Observation> {
    let trouble = measurements
        .iter()
        .filter(|judged| judged.status != Status::Up && judged.kind == Kind::Service);
    trouble.map(|judged| failed(judged, region, slot)).collect()
}

fn failed(judged: &Measurement, region: &str, slot: DateTime<Utc>) -> Observation {
    let name = judged.service.to_lowercase().replace(' ', "_");
    let seen = Seen::of(judged.cause);
    Observation {
        probe: name.clone().into(),
        step: "call".into(),
        services: vec![judged.service.clone()],
        attempt: 1,
        started_at: slot + TimeDelta::milliseconds(700),
        outcome: Outcome::Failed,
        failure: Some(seen.failure),
        phase: seen.phase,
        http_status: seen.http_status,
        request_id: seen.http_status.map(|_| format!("demo-{name}-{}", slot.timestamp())),
        phases: seen.phases(),
        total_us: Some(seen.total_us),
        detail: seen
            .detail
            .map(|detail| detail.replace("{host}", &format!("{name}.{region}.example"))),
    }
}

/// What is seen of a cause.
struct Seen {
    failure: Failure,
    phase: Option<Phase>,
    http_status: Option<i16>,
    total_us: i32,
    detail: Option<&'static str>,
}

impl Seen {
    fn of(cause: Option<Failure>) -> Self {
        let answered = |failure, http_status, detail| Self {
            failure,
            phase: None,
            http_status: Some(http_status),
            total_us: 57_300,
            detail: Some(detail),
        };
        let lost = |failure, phase, total_us, detail| Self {
            failure,
            phase: Some(phase),
            http_status: None,
            total_us,
            detail: Some(detail),
        };
        match cause {
            Some(Failure::Resolve) => {
                lost(Failure::Resolve, Phase::Resolve, 31_000, "no addresses for {host}")
            }
            Some(Failure::Local) => {
                lost(Failure::Local, Phase::Connect, 2_100, "too many open files")
            }
            Some(Failure::Throttled) => {
                answered(Failure::Throttled, 400, "ThrottlingException: Rate exceeded")
            }
            Some(Failure::Http5xx) => answered(Failure::Http5xx, 503, "ServiceUnavailable"),
            _ => lost(Failure::Timeout, Phase::Processing, 10_000_000, "no answer of {host}"),
        }
    }

    /// The phases that were completed, and how long they took.
    fn phases(&self) -> Phases {
        let before = |phase: Phase| self.phase.is_none_or(|failed| phase < failed);
        Phases {
            resolve_us: before(Phase::Resolve).then_some(1_400),
            connect_us: before(Phase::Connect).then_some(4_100),
            tls_us: before(Phase::Tls).then_some(9_800),
            processing_us: before(Phase::Processing).then_some(41_500),
            transfer_us: before(Phase::Transfer).then_some(500),
        }
    }
}
