//! `GET /v1/events`: rounds as they are recorded, as server-sent events.
//!
//! One task of the process, the `announcer`, reads each new round once and posts it, rendered, on
//! the `board`. Each client's `follower` takes it from there; one that comes back after a break
//! first gets what it missed. [`Streams`] is what they share.

mod announcer;
mod answer;
mod board;
mod event;
mod event_id;
mod filter;
mod follower;
mod streams;

use model::{region, service};
use poem_openapi::{
    OpenApi,
    param::{Header, Query},
};

use crate::{error::ApiError, parameters::Name, store::Store, tag::Tag};

pub use answer::EventStream;
pub use event::{RoundEvent, StatusChange};
pub use streams::Streams;

use event_id::EventId;
use filter::Filter;

/// Answers `GET /v1/events`.
#[derive(Clone, Debug)]
pub struct Events {
    /// Where names are looked up.
    pub store: Store,
    /// Where events come from.
    pub streams: Streams,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Measurements")]
impl Events {
    /// Hear of rounds as they are recorded
    ///
    /// Server-sent events, without end. An event `round` comes within a second after a round was
    /// recorded; its `data` is a `RoundEvent` on one line, its `id` grows with the order of
    /// recording. A comment comes every 15 s in which nothing else does.
    ///
    /// A client that lost the connection sends the last `id` that it saw as `Last-Event-ID`, as
    /// every `EventSource` does by itself, and gets all that it missed. When that is more than 1,000
    /// rounds it gets an event `reset` instead, which means: read `/v1/status` anew; then it goes on
    /// with what is recorded from now on. A client that does not keep up is disconnected, and
    /// resumes in the same way.
    #[oai(path = "/events", method = "get", operation_id = "stream_events")]
    async fn stream(
        &self,
        /// Only rounds of this region, and those that changed a global service. `global`: only
        /// these.
        region: Query<Option<Name>>,
        /// Only rounds that judged this service or application.
        service: Query<Option<Name>>,
        /// Only rounds that changed a status or an incident: of the region and of the service, where
        /// they are given.
        #[oai(default)]
        changes: Query<bool>,
        /// The same as the header, for clients that cannot set one; the header wins.
        last_event_id: Query<Option<EventId>>,
        /// The last `id` that the client saw: the answer begins with what came after it.
        #[oai(name = "Last-Event-ID")]
        resumed: Header<Option<EventId>>,
    ) -> Result<EventStream, ApiError> {
        let filter = Filter { region: region.0, service: service.0, changes: changes.0 };
        self.check(&filter).await?;
        let seen = resumed.0.or(last_event_id.0).map(|EventId(number)| number);
        let follower = self.streams.follow(filter, seen).await?;
        Ok(EventStream::of(follower))
    }
}

impl Events {
    /// Refuses names that nobody knows, as far as that can be told.
    async fn check(&self, filter: &Filter) -> Result<(), ApiError> {
        let database = &self.store.database;
        let known = async {
            if let Some(Name(name)) = &filter.region {
                region::named(database, name).await?;
            }
            if let Some(Name(name)) = &filter.service {
                service::named(database, name).await?;
            }
            Ok(())
        };
        match self.store.ask(known).await {
            // A browser whose stream begins with an error never asks again. This one waits for the
            // database to come back.
            Err(ApiError::Slow { .. } | ApiError::Database(_)) => Ok(()),
            checked => checked,
        }
    }
}
