//! `GET /v1/observations`: what probes saw, the evidence behind the measurements.

use model::{Outcome, observation};
use poem_openapi::{OpenApi, param::Query, payload::Json};
use serve::{evidence::Observation, timestamp::Timestamp};

use crate::{
    error::ApiError,
    page::Page,
    parameters::{self, Limit, Name, Span},
    store::Store,
    tag::Tag,
};

/// Answers `GET /v1/observations`.
#[derive(Clone, Debug)]
pub struct Observations {
    /// Where the answers come from.
    pub store: Store,
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
        /// Only of the run of this name: `us-east-1-20261119T1804Z`.
        run: Query<Option<Name>>,
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
        let names = [region.0, service.0, run.0, probe.0];
        let [region, service, run, probe] = names.map(|name| name.map(|name| name.0));
        let outcome = outcome.0;
        let filter = observation::Filter { region, service, run, probe, outcome, from, to };
        let page = parameters::page(limit.0, cursor.0);
        let rows = observation::list(&self.store.database, &filter, &page);
        Ok(Json(Page::of(self.store.ask(rows).await?, Observation::from)))
    }
}
