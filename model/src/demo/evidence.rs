//! What a demonstration's runners saw: a step that failed, or was slow, for each service of theirs
//! that is not up.

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
    let seen = Seen::of(judged);
    Observation {
        probe: name.clone().into(),
        step: "call".into(),
        services: vec![judged.service.clone()],
        attempt: 1,
        started_at: slot + TimeDelta::milliseconds(700),
        outcome: if seen.failure.is_some() { Outcome::Failed } else { Outcome::Succeeded },
        failure: seen.failure,
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

/// What is seen of a service that is not up.
struct Seen {
    failure: Option<Failure>,
    phase: Option<Phase>,
    http_status: Option<i16>,
    total_us: i32,
    detail: Option<&'static str>,
}

impl Seen {
    fn of(judged: &Measurement) -> Self {
        let answered = |failure, http_status, detail| Self {
            failure: Some(failure),
            phase: None,
            http_status: Some(http_status),
            total_us: 57_300,
            detail: Some(detail),
        };
        let lost = |failure, phase, total_us, detail| Self {
            failure: Some(failure),
            phase: Some(phase),
            http_status: None,
            total_us,
            detail: Some(detail),
        };
        match judged.cause {
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
            Some(Failure::Slow) => Self {
                failure: None,
                phase: None,
                http_status: Some(200),
                total_us: judged.latency_us.unwrap_or_default(),
                detail: None,
            },
            _ => lost(Failure::Timeout, Phase::Processing, 10_000_000, "no answer of {host}"),
        }
    }

    /// The phases that were completed, and how long they took: the server, as long as is left.
    fn phases(&self) -> Phases {
        let before = |phase: Phase| self.phase.is_none_or(|failed| phase < failed);
        let [resolve_us, connect_us, tls_us, transfer_us] = [1_400, 4_100, 9_800, 500];
        let processing_us = self.total_us - resolve_us - connect_us - tls_us - transfer_us;
        Phases {
            resolve_us: before(Phase::Resolve).then_some(resolve_us),
            connect_us: before(Phase::Connect).then_some(connect_us),
            tls_us: before(Phase::Tls).then_some(tls_us),
            processing_us: before(Phase::Processing).then_some(processing_us.max(0)),
            transfer_us: before(Phase::Transfer).then_some(transfer_us),
        }
    }
}
