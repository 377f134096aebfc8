//! `GET /v1/measurements`: the judged rows.

use model::{Status, measurement};
use poem_openapi::{OpenApi, param::Query, payload::Json};
use serve::{evidence::Measurement, timestamp::Timestamp};

use crate::{
    error::ApiError,
    page::Page,
    parameters::{self, Limit, Name, Span},
    store::Store,
    tag::Tag,
};

/// Answers `GET /v1/measurements`.
#[derive(Clone, Debug)]
pub struct Measurements {
    /// Where the answers come from.
    pub store: Store,
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
        Ok(Json(Page::of(self.store.ask(rows).await?, Measurement::from)))
    }
}
