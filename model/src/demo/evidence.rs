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
    let failure = judged.cause.unwrap_or(Failure::Timeout);
    let name = judged.service.to_lowercase().replace(' ', "_");
    let (phase, total_us) = match failure {
        Failure::Resolve => (Some(Phase::Resolve), 31_000),
        Failure::Timeout => (Some(Phase::Processing), 10_000_000),
        _ => (None, 240_000),
    };
    let reached = phase != Some(Phase::Resolve);
    Observation {
        probe: name.clone().into(),
        step: "call".into(),
        services: vec![judged.service.clone()],
        attempt: 1,
        started_at: slot + TimeDelta::milliseconds(700),
        outcome: Outcome::Failed,
        failure: Some(failure),
        phase,
        http_status: (failure == Failure::Http5xx).then_some(503),
        request_id: reached.then(|| format!("demo-{name}-{}", slot.timestamp())),
        phases: Phases {
            resolve_us: reached.then_some(1_400),
            connect_us: reached.then_some(4_100),
            tls_us: reached.then_some(9_800),
            ..Phases::default()
        },
        total_us: Some(total_us),
        detail: (!reached).then(|| format!("no addresses for {name}.{region}.amazonaws.com")),
    }
}
