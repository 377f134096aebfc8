//! `GET /v1/observations`: what probes saw, the evidence behind the measurements.

use model::{Failure, Outcome, Phase, observation};
use poem_openapi::{Object, OpenApi, param::Query, payload::Json, types::Example};

use crate::{
    error::ApiError,
    page::Page,
    parameters::{self, Limit, Name, Span},
    store::Store,
    tag::Tag,
    timestamp::Timestamp,
};

/// Answers `GET /v1/observations`.
#[derive(Clone, Debug)]
pub struct Observations {
    /// Where the answers come from.
    pub store: Store,
}

/// What one attempt of one step of a probe saw.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Observation {
    /// Grows with the order of recording.
    id: i64,
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

#[OpenApi(prefix_path = "/v1", tag = "Tag::Evidence")]
impl Observations {
    /// List observations
    ///
    /// Newest first. Observations are kept for weeks, measurements for years.
    #[oai(path = "/observations", method = "get", operation_id = "list_observations")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a query parameter, documented by itself"
    )]
    async fn list(
        &self,
        /// Only from runners of this region.
        region: Query<Option<Name>>,
        /// Only of steps that need this service.
        service: Query<Option<Name>>,
        /// Only of this probe. A probe that never ran has no observations.
        probe: Query<Option<Name>>,
        /// Only those that ended so.
        outcome: Query<Option<Outcome>>,
        /// Only those that started at this time (RFC 3339) or later.
        from: Query<Option<Timestamp>>,
        /// Only those that started before this time (RFC 3339).
        to: Query<Option<Timestamp>>,
        /// The most items to answer.
        #[oai(default)]
        limit: Query<Limit>,
        /// Where to go on: the `next` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<Page<Observation>>, ApiError> {
        let Span { from, to } = Span::of(from.0, to.0)?;
        let [region, service, probe] = [region.0, service.0, probe.0].map(|name| name.map(|n| n.0));
        let filter = observation::Filter { region, service, probe, outcome: outcome.0, from, to };
        let page = parameters::page(limit.0, cursor.0);
        let rows = observation::list(&self.store.database, &filter, &page);
        Ok(Json(Page::of(self.store.ask(rows).await?, Observation::of)))
    }
}

impl Observation {
    fn of(row: observation::Recorded) -> Self {
        let seen = row.observation;
        Self {
            id: row.id,
            region: row.region,
            slot: row.slot.map(Timestamp),
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
            id: 4711,
            region: "us-east-1".into(),
            slot: Some(Timestamp::example()),
            probe: "dynamodb".into(),
            step: "write".into(),
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
