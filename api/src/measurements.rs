//! `GET /v1/measurements`: the judged rows.

use model::{Failure, Status, measurement, service};
use poem_openapi::{Object, OpenApi, param::Query, payload::Json, types::Example};

use crate::{
    error::ApiError,
    page::Page,
    parameters::{self, Limit, Name, Span},
    store::Store,
    tag::Tag,
    timestamp::Timestamp,
};

/// Answers `GET /v1/measurements`.
#[derive(Clone, Debug)]
pub struct Measurements {
    /// Where the answers come from.
    pub store: Store,
}

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

#[OpenApi(prefix_path = "/v1", tag = "Tag::Measurements")]
impl Measurements {
    /// List measurements
    ///
    /// Newest slot first; within a slot in an order that never changes.
    #[oai(path = "/measurements", method = "get", operation_id = "list_measurements")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a query parameter, documented by itself"
    )]
    async fn list(
        &self,
        /// Only this region (`us-east-1`), or `global`.
        region: Query<Option<Name>>,
        /// Only this service or application.
        service: Query<Option<Name>>,
        /// Only this status.
        status: Query<Option<Status>>,
        /// Only slots at this time (RFC 3339) or later.
        from: Query<Option<Timestamp>>,
        /// Only slots before this time (RFC 3339).
        to: Query<Option<Timestamp>>,
        /// The most items to answer.
        #[oai(default)]
        limit: Query<Limit>,
        /// Where to go on: the `next` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<Page<Measurement>>, ApiError> {
        let Span { from, to } = Span::of(from.0, to.0)?;
        let region = region.0.map(|name| name.0);
        let service = service.0.map(|name| name.0);
        let filter = measurement::Filter { region, service, status: status.0, from, to };
        let page = parameters::page(limit.0, cursor.0);
        let rows = measurement::list(&self.store.database, &filter, &page);
        Ok(Json(Page::of(self.store.ask(rows).await?, Measurement::of)))
    }
}

impl Measurement {
    fn of(row: measurement::Recorded) -> Self {
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
