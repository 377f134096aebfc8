//! `GET /metrics`: the last day of one region, as the first dashboard draws it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Selection, Window,
    service::Kind,
    tally::{self, Tally},
};
use poem_openapi::{Enum, Object, OpenApi, param::Query, payload::Json, types::Example};
use serve::timestamp::Timestamp;

use crate::{clock::Clock, error::ApiError, parameters::Name, store::Store, tag::Tag};

/// Answers `GET /metrics`.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Where the answers come from.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
}

/// The width of a bucket.
#[derive(Clone, Copy, Debug, Default, Enum)]
#[oai(rename_all = "snake_case")]
enum GroupBy {
    /// An hour.
    #[default]
    Hour,
    /// A minute.
    Minute,
}

/// The last 24 hours of a region.
#[derive(Debug, Object)]
#[oai(example)]
pub struct RegionMetrics {
    /// One object: `all`, and every service that was measured.
    summary: Vec<BTreeMap<String, Counts>>,
    /// The buckets of each service, ascending by time. A bucket without data is absent.
    series: BTreeMap<String, Vec<Bucket>>,
}

/// How many slots were up and down. `degraded` counts as up, `unknown` is left out.
#[derive(Clone, Copy, Debug, Default, Object)]
pub struct Counts {
    /// Slots that were up or degraded.
    up: i64,
    /// Slots that were down.
    down: i64,
}

/// How many slots of one bucket were up and down.
#[derive(Debug, Object)]
pub struct Bucket {
    /// The bucket's start, ending in `+00:00`.
    timestamp: DateTime<Utc>,
    /// The region that was asked for, for global services too.
    region: String,
    /// Slots that were up or degraded.
    up: i64,
    /// Slots that were down.
    down: i64,
}

#[OpenApi(tag = "Tag::Dashboard")]
impl Metrics {
    /// The last day of a region
    ///
    /// Counts of up and down over the last 24 hours, in sum and bucket by bucket. Global services
    /// count in every region.
    #[oai(path = "/metrics", method = "get", operation_id = "read_metrics")]
    async fn read(
        &self,
        /// The region: `us-east-1`.
        region: Query<Name>,
        /// The width of a bucket.
        #[oai(default)]
        groupby: Query<GroupBy>,
        /// Whether to leave our sample applications out.
        #[oai(default = "yes")]
        exclude_apps: Query<bool>,
    ) -> Result<Json<RegionMetrics>, ApiError> {
        let Name(region) = region.0;
        let selection = Selection {
            region: Some(region.clone()),
            with_global: true,
            kind: exclude_apps.0.then_some(Kind::Service),
            ..Selection::default()
        };
        let day = Window::newest(self.clock.now(), TimeDelta::days(1));
        let tallies = tally::series(&self.store.database, &selection, day, groupby.0.into());
        Ok(Json(RegionMetrics::of(&region, self.store.ask(tallies).await?)))
    }
}

fn yes() -> bool {
    true
}

impl RegionMetrics {
    fn of(region: &str, tallies: Vec<Tally>) -> Self {
        let mut summary = BTreeMap::from([("all".to_owned(), Counts::default())]);
        let mut series: BTreeMap<String, Vec<Bucket>> = BTreeMap::new();
        for Tally { service, start, up, down } in tallies {
            for name in ["all", &service] {
                let counts = summary.entry(name.to_owned()).or_default();
                counts.up += up;
                counts.down += down;
            }
            let bucket = Bucket { timestamp: start, region: region.to_owned(), up, down };
            series.entry(service).or_default().push(bucket);
        }
        Self { summary: vec![summary], series }
    }
}

impl From<GroupBy> for tally::Bucket {
    fn from(groupby: GroupBy) -> Self {
        match groupby {
            GroupBy::Hour => Self::Hour,
            GroupBy::Minute => Self::Minute,
        }
    }
}

impl Example for RegionMetrics {
    fn example() -> Self {
        let start = Timestamp::example().0;
        Self::of("us-east-1", vec![Tally { service: "SQS".into(), start, up: 59, down: 1 }])
    }
}
