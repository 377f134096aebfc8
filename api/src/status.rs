//! `GET /v1/status`: how each service stands now, everywhere or in one region.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Failure, Status,
    current_status::{self, Current},
    region as regions, service,
};
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use serve::timestamp::Timestamp;

use crate::{clock::Clock, error::ApiError, page::Page, parameters::Name, store::Store, tag::Tag};

mod region;

pub use region::RegionStatus;

/// Answers `GET /v1/status` and `GET /v1/status/{region}`.
#[derive(Clone, Debug)]
pub struct Statuses {
    /// Where the answers come from.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// After how long without a new row a status is unknown.
    pub stale_after: Duration,
}

/// How a service stands in a region.
#[derive(Debug, PartialEq, Object)]
#[oai(example)]
pub struct ServiceStatus {
    /// The region, or `global`.
    region: String,
    /// The service or application.
    service: String,
    /// Whether it is the provider's service or our application.
    kind: service::Kind,
    /// How it stands. Without a new measurement for some minutes (3 unless the operator chose
    /// otherwise) it is `unknown` and the cause `stale`: silence is not green.
    pub(crate) status: Status,
    /// Since when.
    since: Timestamp,
    /// The failure that decided; null when the status is `up`.
    cause: Option<Failure>,
    /// The newest slot that was measured.
    slot: Timestamp,
    /// How old that slot is, in seconds since its start.
    age_seconds: i64,
    /// What the newest measurement said; null unless it is stale.
    last_known_status: Option<Status>,
    /// How long its exchanges took in the newest slot, in microseconds; null unless they succeeded.
    latency_us: Option<i32>,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Measurements")]
impl Statuses {
    /// How everything stands now
    ///
    /// One item per region and service: by region, services before applications, then by name.
    /// Global services are in the region `global`. The list is answered whole.
    #[oai(path = "/status", method = "get", operation_id = "list_status")]
    async fn list(
        &self,
        /// Only this region (`us-east-1`), or `global`.
        region: Query<Option<Name>>,
    ) -> Result<Json<Page<ServiceStatus>>, ApiError> {
        let region = region.0.as_ref().map(|Name(name)| name.as_str());
        let mut statuses = self.all(region).await?;
        statuses.retain(|status| region.is_none_or(|region| status.region == region));
        Ok(Json(Page::whole(statuses.into_iter())))
    }

    /// How a region stands now
    ///
    /// Its services and applications, and the global services, which concern every region; how the
    /// region stands is how the worst of its services does.
    #[oai(path = "/status/:region", method = "get", operation_id = "read_region_status")]
    async fn read(
        &self,
        /// The region: `us-east-1`. In `global` are the global services alone.
        region: Path<Name>,
    ) -> Result<Json<RegionStatus>, ApiError> {
        let Name(name) = region.0;
        let statuses = self.all(Some(&name)).await?;
        Ok(Json(RegionStatus::of(name, statuses)))
    }
}

impl Statuses {
    /// Everything, unless `region` is the name of none. A region may be known before anything is
    /// measured in it.
    async fn all(&self, region: Option<&str>) -> Result<Vec<ServiceStatus>, ApiError> {
        let database = &self.store.database;
        let answer = async {
            let all = current_status::all(database).await?;
            if let Some(name) = region
                && !all.iter().any(|row| row.region == name)
            {
                regions::named(database, name).await?;
            }
            Ok(all)
        };
        let (newest, now) = (self.store.ask(answer).await?, self.clock.now());
        Ok(newest.into_iter().map(|row| ServiceStatus::of(row, now, self.stale_after)).collect())
    }
}

impl ServiceStatus {
    pub(crate) fn of(row: Current, now: DateTime<Utc>, stale_after: Duration) -> Self {
        // Only a limit of more than 292 million years does not fit; nothing is stale then.
        let stale_after = TimeDelta::from_std(stale_after).unwrap_or(TimeDelta::MAX);
        let age = now - row.slot;
        let stale = age > stale_after;
        Self {
            region: row.region,
            service: row.service,
            kind: row.kind,
            status: if stale { Status::Unknown } else { row.status },
            since: Timestamp(if stale { row.slot + stale_after } else { row.since }),
            cause: if stale { Some(Failure::Stale) } else { row.cause },
            slot: Timestamp(row.slot),
            age_seconds: age.num_seconds(),
            last_known_status: stale.then_some(row.status),
            latency_us: row.latency_us,
        }
    }
}

impl Example for ServiceStatus {
    fn example() -> Self {
        Self {
            region: "us-east-1".into(),
            service: "DynamoDB".into(),
            kind: service::Kind::Service,
            status: Status::Down,
            since: Timestamp::example(),
            cause: Some(Failure::Resolve),
            slot: Timestamp::example(),
            age_seconds: 42,
            last_known_status: None,
            latency_us: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aged(seconds: i64) -> ServiceStatus {
        let slot = Timestamp::example().0;
        let row = Current {
            region: "us-east-1".into(),
            service: "S3".into(),
            kind: service::Kind::Service,
            status: Status::Up,
            since: slot - TimeDelta::hours(1),
            slot,
            latency_us: Some(1200),
            cause: None,
        };
        ServiceStatus::of(row, slot + TimeDelta::seconds(seconds), Duration::from_secs(180))
    }

    #[test]
    fn a_fresh_row_says_how_things_stand() {
        let status = aged(180);
        assert_eq!((status.status, status.cause), (Status::Up, None));
        assert_eq!((status.age_seconds, status.last_known_status), (180, None));
    }

    #[test]
    fn silence_is_not_green() {
        let status = aged(181);
        assert_eq!((status.status, status.cause), (Status::Unknown, Some(Failure::Stale)));
        assert_eq!(status.last_known_status, Some(Status::Up));
        assert_eq!(status.since.0, status.slot.0 + TimeDelta::seconds(180));
    }

    #[test]
    fn a_slot_of_a_clock_that_runs_ahead_is_not_stale() {
        assert_eq!(aged(-30).status, Status::Up);
    }
}
