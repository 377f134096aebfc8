//! `GET /v1/status`: how each service stands now, everywhere or in one region.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Database, Failure, Status,
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

use crate::{
    clock::Clock, error::ApiError, incidents, page::Page, parameters::Name, store::Store, tag::Tag,
};

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
    /// otherwise) it is `unknown` and the cause `missing_run`: silence is not green.
    pub(crate) status: Status,
    /// Since when.
    since: Timestamp,
    /// The failure that decided; null when the status is `up`.
    cause: Option<Failure>,
    /// Why, in words.
    reason: String,
    /// The version of the rule that says so; null where none did.
    rule: Option<i16>,
    /// How its control plane stands: describing and setting. Null where nobody tried.
    control_plane: Option<Status>,
    /// How its data plane stands: reading, writing, delivering, running. Null where nobody tried.
    data_plane: Option<Status>,
    /// What our applications get of it; null where none tried.
    end_to_end: Option<Status>,
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
    /// Global services are in the region `global`. The list is answered whole. As of a past moment
    /// it says what is known today of the newest slot before it; what had not been measured in the
    /// hour before is left out.
    #[oai(path = "/status", method = "get", operation_id = "list_status")]
    async fn list(
        &self,
        /// Only this region (`us-east-1`), or `global`.
        region: Query<Option<Name>>,
        /// As of this moment (RFC 3339) instead of now.
        at: Query<Option<Timestamp>>,
    ) -> Result<Json<Page<ServiceStatus>>, ApiError> {
        let region = region.0.as_ref().map(|Name(name)| name.as_str());
        let mut statuses = self.all(region, at.0).await?;
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
        /// As of this moment (RFC 3339) instead of now.
        at: Query<Option<Timestamp>>,
    ) -> Result<Json<RegionStatus>, ApiError> {
        let Name(name) = region.0;
        let statuses = self.all(Some(&name), at.0).await?;
        Ok(Json(RegionStatus::of(name, statuses)))
    }
}

impl Statuses {
    /// Everything, unless `region` is the name of none.
    async fn all(
        &self,
        region: Option<&str>,
        at: Option<Timestamp>,
    ) -> Result<Vec<ServiceStatus>, ApiError> {
        let (database, now) = (&self.store.database, self.clock.now());
        let (rows, as_of) = match at {
            None => (self.store.ask(newest(database, region)).await?, now),
            Some(Timestamp(at)) if at > now => return Err(ApiError::Future),
            Some(Timestamp(at)) => {
                let answer = current_status::as_of(database, at, region);
                (self.store.ask_history(self.store.deadline(), answer).await?, at)
            }
        };
        Ok(rows.into_iter().map(|row| ServiceStatus::of(row, as_of, self.stale_after)).collect())
    }
}

/// How everything stands. A region may be known before anything is measured in it.
async fn newest(database: &Database, region: Option<&str>) -> Result<Vec<Current>, model::Error> {
    let all = current_status::all(database).await?;
    if let Some(name) = region
        && !all.iter().any(|row| row.region == name)
    {
        regions::named(database, name).await?;
    }
    Ok(all)
}

impl ServiceStatus {
    pub(crate) fn of(row: Current, now: DateTime<Utc>, stale_after: Duration) -> Self {
        // Only a limit of more than 292 million years does not fit; nothing is stale then.
        let stale_after = TimeDelta::from_std(stale_after).unwrap_or(TimeDelta::MAX);
        let age = now - row.slot;
        let known = Self {
            region: row.region,
            service: row.service,
            kind: row.kind,
            status: row.status,
            since: Timestamp(row.since),
            reason: row.reason.unwrap_or_else(|| in_words(row.status, row.cause)),
            cause: row.cause,
            rule: row.rule,
            control_plane: row.control_plane,
            data_plane: row.data_plane,
            end_to_end: row.end_to_end,
            slot: Timestamp(row.slot),
            age_seconds: age.num_seconds(),
            last_known_status: None,
            latency_us: row.latency_us,
        };
        match age > stale_after {
            true => known.gone_stale(row.slot + stale_after),
            false => known,
        }
    }

    /// The same, of which nothing is known any more since then.
    fn gone_stale(self, since: DateTime<Utc>) -> Self {
        Self {
            status: Status::Unknown,
            since: Timestamp(since),
            reason: incidents::no_run_after(self.slot.0),
            cause: Some(Failure::MissingRun),
            rule: None,
            control_plane: None,
            data_plane: None,
            end_to_end: None,
            last_known_status: Some(self.status),
            ..self
        }
    }
}

/// What a measurement says for which no rule gave a reason: one that was taken over.
fn in_words(status: Status, cause: Option<Failure>) -> String {
    match (cause, status) {
        (Some(cause), _) => cause.words().to_owned(),
        (None, Status::Up) => "it works".to_owned(),
        (None, _) => "nobody wrote down why".to_owned(),
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
            reason: "every attempt fails: the name does not resolve".into(),
            rule: Some(2),
            control_plane: None,
            data_plane: Some(Status::Down),
            end_to_end: Some(Status::Down),
            slot: Timestamp::example(),
            age_seconds: 42,
            last_known_status: None,
            latency_us: None,
        }
    }
}

/// A service that stands so since an hour before the examples' slot.
#[cfg(test)]
pub(crate) fn standing(region: &str, status: Status) -> Current {
    let slot = Timestamp::example().0;
    Current {
        region: region.into(),
        service: "S3".into(),
        kind: service::Kind::Service,
        status,
        since: slot - TimeDelta::hours(1),
        slot,
        latency_us: Some(1200),
        cause: None,
        control_plane: None,
        data_plane: Some(status),
        end_to_end: None,
        reason: Some("it works".into()),
        rule: Some(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aged(seconds: i64) -> ServiceStatus {
        let row = standing("us-east-1", Status::Up);
        let slot = row.slot;
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
        assert_eq!((status.status, status.cause), (Status::Unknown, Some(Failure::MissingRun)));
        assert_eq!((status.data_plane, status.last_known_status), (None, Some(Status::Up)));
        assert_eq!(status.since.0, status.slot.0 + TimeDelta::seconds(180));
    }

    #[test]
    fn a_slot_of_a_clock_that_runs_ahead_is_not_stale() {
        assert_eq!(aged(-30).status, Status::Up);
    }
}
