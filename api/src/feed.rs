//! `GET /feed.atom`: changes of status, for feed readers.

mod atom;

use model::{
    PageRequest,
    status_change::{self, Filter},
};
use poem_openapi::{ApiResponse, OpenApi, param::Query, payload::PlainText};

use crate::{error::ApiError, parameters::Name, public_url::PublicUrl, store::Store, tag::Tag};

/// 100 changes: a reader that looks once an hour misses nothing on a bad day.
const NEWEST: PageRequest = PageRequest { limit: 100, after: None };

/// Answers `GET /feed.atom`.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Where the answers come from.
    pub store: Store,
    /// What its links begin with.
    pub public_url: PublicUrl,
}

#[derive(ApiResponse)]
enum Atom {
    /// An Atom feed (RFC 4287), newest change first.
    #[oai(status = 200, content_type = "application/atom+xml; charset=utf-8")]
    Ok(PlainText<String>),
}

#[OpenApi(tag = "Tag::Measurements")]
impl Feed {
    /// Subscribe to changes of status
    ///
    /// An Atom feed with the newest 100 changes. The id of an entry never changes.
    #[oai(path = "/feed.atom", method = "get", operation_id = "read_feed")]
    async fn read(
        &self,
        /// Only this region (`us-east-1`), or `global`.
        region: Query<Option<Name>>,
        /// Only this service or application.
        service: Query<Option<Name>>,
    ) -> Result<Atom, ApiError> {
        let (region, service) = (region.0.map(|name| name.0), service.0.map(|name| name.0));
        let filter = Filter { region, service };
        let database = &self.store.database;
        let changes = self.store.ask(status_change::list(database, &filter, &NEWEST)).await?.items;
        let updated = self.store.ask(status_change::latest_slot(database, &filter)).await?;
        Ok(Atom::Ok(PlainText(atom::render(&self.public_url, &filter, (updated, &changes)))))
    }
}
