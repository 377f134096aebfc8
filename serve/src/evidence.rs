//! Measurements and observations as JSON: the same shape wherever a program answers with one.

use chrono::{DateTime, Utc};
use model::{Failure, Outcome, Phase, Status, measurement, observation, region, service};
use poem_openapi::{Object, types::Example};

use crate::timestamp::Timestamp;

/// The judgement on one service in one region in one slot.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Measurement {
    /// The minute that was judged, by its start.
    slot: Timestamp,
    /// The region, or `global`.
    region: String,
    /// The service or application.
    service: String,
    /// Whether it is the provider's service or our application.
    kind: service::Kind,
    /// How it stood.
    status: Status,
    /// How long the exchanges took that the judgement rests on, in microseconds; null unless they
    /// succeeded.
    latency_us: Option<i32>,
    /// The failure that decided; null when the status is `up`.
    cause: Option<Failure>,
}

impl Measurement {
    /// What was just judged by a runner of `region`.
    pub fn new(judged: measurement::Measurement, region: &str, slot: DateTime<Utc>) -> Self {
        let region = if judged.global { region::GLOBAL } else { region };
        Self {
            slot: Timestamp(slot),
            region: region.to_owned(),
            service: judged.service.into_owned(),
            kind: judged.kind,
            status: judged.status,
            latency_us: judged.latency_us,
            cause: judged.cause,
        }
    }
}

impl From<measurement::Recorded> for Measurement {
    fn from(row: measurement::Recorded) -> Self {
        Self {
            slot: Timestamp(row.slot),
            region: row.region,
            service: row.service,
            kind: row.kind,
            status: row.status,
            latency_us: row.latency_us,
            cause: row.cause,
        }
    }
}

impl Example for Measurement {
    fn example() -> Self {
        Self {
            slot: Timestamp::example(),
            region: "us-east-1".into(),
            service: "DynamoDB".into(),
            kind: service::Kind::Service,
            status: Status::Down,
            latency_us: None,
            cause: Some(Failure::Resolve),
        }
    }
}

/// What one attempt of one step of a probe saw.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Observation {
    /// Grows with the order of recording; null for one that was not recorded yet.
    id: Option<i64>,
    /// The region of the runner that saw it.
    region: String,
    /// The slot of its run; null for a probe that was run by itself.
    slot: Option<Timestamp>,
    /// The probe: `voting_game`.
    probe: String,
    /// The step within the probe: `get_topic`.
    step: String,
    /// The services that the step needs.
    services: Vec<String>,
    /// 1 for the first attempt in its round.
    attempt: i16,
    /// When the attempt started, by the monitor's clock.
    started_at: Timestamp,
    /// How it ended.
    outcome: Outcome,
    /// Why it failed; null unless it did.
    failure: Option<Failure>,
    /// The phase that it failed in; null when it failed by what the answer says.
    phase: Option<Phase>,
    /// The HTTP status; null when no answer came.
    http_status: Option<i16>,
    /// The provider's id of the request, which its support asks for.
    request_id: Option<String>,
    /// How long each phase took.
    phases: Phases,
    /// From the start to the last byte or to the failure, waiting between polls included, in
    /// microseconds; null for a step that was skipped.
    total_us: Option<i32>,
    /// What a reader wants to know besides.
    detail: Option<String>,
}

/// How long each phase of an exchange took, in microseconds; null for a phase that was not
/// completed, and for TLS on plain HTTP.
#[derive(Debug, Object)]
pub struct Phases {
    /// Finding the addresses of the name.
    resolve_us: Option<i32>,
    /// Opening the TCP connection.
    connect_us: Option<i32>,
    /// The TLS handshake.
    tls_us: Option<i32>,
    /// From the request's first byte to the answer's head.
    processing_us: Option<i32>,
    /// Reading the answer's body.
    transfer_us: Option<i32>,
}

impl Observation {
    /// What was just seen by a runner of `region`, and is not recorded under an id yet.
    pub fn new(seen: observation::Observation, region: &str, slot: Option<DateTime<Utc>>) -> Self {
        Self {
            id: None,
            region: region.to_owned(),
            slot: slot.map(Timestamp),
            probe: seen.probe.into_owned(),
            step: seen.step.into_owned(),
            services: seen.services.into_iter().map(|name| name.into_owned()).collect(),
            attempt: seen.attempt,
            started_at: Timestamp(seen.started_at),
            outcome: seen.outcome,
            failure: seen.failure,
            phase: seen.phase,
            http_status: seen.http_status,
            request_id: seen.request_id,
            phases: Phases::of(seen.phases),
            total_us: seen.total_us,
            detail: seen.detail,
        }
    }
}

impl From<observation::Recorded> for Observation {
    fn from(row: observation::Recorded) -> Self {
        Self { id: Some(row.id), ..Self::new(row.observation, &row.region, row.slot) }
    }
}

impl Phases {
    fn of(phases: observation::Phases) -> Self {
        let observation::Phases { resolve_us, connect_us, tls_us, processing_us, transfer_us } =
            phases;
        Self { resolve_us, connect_us, tls_us, processing_us, transfer_us }
    }
}

impl Example for Observation {
    fn example() -> Self {
        Self {
            id: Some(4711),
            region: "us-east-1".into(),
            slot: Some(Timestamp::example()),
            probe: "dynamodb".into(),
            step: "put_item".into(),
            services: vec!["DynamoDB".into()],
            attempt: 1,
            started_at: Timestamp::example(),
            outcome: Outcome::Failed,
            failure: Some(Failure::Resolve),
            phase: Some(Phase::Resolve),
            http_status: None,
            request_id: None,
            phases: Phases::of(observation::Phases::default()),
            total_us: Some(31_207),
            detail: Some("no addresses for dynamodb.us-east-1.amazonaws.com".into()),
        }
    }
}
