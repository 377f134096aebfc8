//! `GET /v1/incidents`: spans in which something was not up, one for each cause.

use std::time::Duration;

use model::{current_status, incident};
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serve::timestamp::Timestamp;

use crate::{
    clock::Clock,
    error::ApiError,
    parameters::{self, Limit, Name, Span},
    store::Store,
    tag::Tag,
};

mod body;
mod missing;

pub use body::{Incident, IncidentPage, IncidentWithEvidence, Update};
pub(crate) use missing::no_run_after;

/// Answers `GET /v1/incidents` and `GET /v1/incidents/{id}`.
#[derive(Clone, Debug)]
pub struct Incidents {
    /// Where the answers come from.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// After how long without a new row a run is missing.
    pub stale_after: Duration,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Incidents")]
impl Incidents {
    /// List incidents
    ///
    /// The newest first. Services that fail at the same time by the same cause are one incident,
    /// and so is a service that flaps: an incident is over when all of its services were up in ten
    /// slots in a row. It began with the first slot that was not up, and ended with the first of
    /// those ten. What is global, such as IAM, is in the region `global`. When the monitor itself
    /// was at fault, that is an incident of its own.
    ///
    /// Where no run comes, nobody records an incident. The first page begins with one for each such
    /// region, worked out at reading, with the `id` 0 and the cause `missing_run`.
    #[oai(path = "/incidents", method = "get", operation_id = "list_incidents")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a query parameter, documented by itself"
    )]
    async fn list(
        &self,
        /// Only in this region (`us-east-1`), or in `global`.
        region: Query<Option<Name>>,
        /// Only those that concerned this service or application.
        service: Query<Option<Name>>,
        /// Only those that go on, or only those that are over.
        open: Query<Option<bool>>,
        /// Only those that went on after this time (RFC 3339).
        from: Query<Option<Timestamp>>,
        /// Only those that began before this time (RFC 3339).
        to: Query<Option<Timestamp>>,
        /// The most items to answer.
        #[oai(default)]
        limit: Query<Limit>,
        /// Where to go on: the `next` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<IncidentPage>, ApiError> {
        let Span { from, to } = Span::of(from.0, to.0)?;
        let [region, service] = [region.0, service.0].map(|name| name.map(|name| name.0));
        let filter = incident::Filter { region, service, open: open.0, from, to };
        let page = parameters::page(limit.0, cursor.0);
        let database = &self.store.database;
        let answer = async {
            let stored = incident::list(database, &filter, &page).await?;
            let statuses = match page.after {
                None => current_status::all(database).await?,
                Some(_) => Vec::new(),
            };
            Ok((stored, statuses))
        };
        let (stored, statuses) = self.store.ask(answer).await?;
        let missing = missing::runs(statuses, self.clock.now(), self.stale_after);
        Ok(Json(IncidentPage::of(missing.filter(|run| missing::fits(run, &filter)), stored)))
    }

    /// Read an incident
    ///
    /// With what happened to it, oldest first, and the newest 200 of the attempts that are its
    /// evidence. Evidence is kept for weeks, incidents for ever.
    #[oai(path = "/incidents/:id", method = "get", operation_id = "read_incident")]
    async fn read(
        &self,
        /// The incident's `id`.
        #[oai(example = "body::example_id")]
        id: Path<i32>,
    ) -> Result<Json<IncidentWithEvidence>, ApiError> {
        let found = self.store.ask(incident::read(&self.store.database, id.0)).await?;
        Ok(Json(IncidentWithEvidence::from(found)))
    }
}
