//! Counts of up and down over the last day: what the first dashboard's two calls show.
//!
//! Here `degraded` counts as up and `unknown` is left out; global services count in every region.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Counts, Database, Error, Selection,
    history::{self, Plan, minutes_within},
    rollup::Minutes,
    selection::Scope,
    service::Kind,
    window::{Width, Window},
};

/// The width of one bucket of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Sixty slots.
    Hour,
    /// One slot.
    Minute,
}

/// How often a service was up and down in one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The service or application.
    pub service: String,
    /// The bucket's start.
    pub start: DateTime<Utc>,
    /// Slots that were up or degraded.
    pub up: i64,
    /// Slots that were down.
    pub down: i64,
}

/// How often was each service of the selection up and down, bucket by bucket? By service, then ascending by time; a bucket without a judged slot is absent. Reads a row
/// for each service and hour, and the measurements of hours that are due.
///
/// # Errors
/// [`Error::UnknownRegion`], [`Error::Database`].
pub async fn series(
    database: &Database,
    selection: &Selection,
    window: Window,
    bucket: Bucket,
) -> Result<Vec<Tally>, Error> {
    let scope = Scope::of(database, selection).await?;
    let plan = Plan::of(database, &scope, window, Width::Hour).await?;
    let mut tallies: BTreeMap<(&str, DateTime<Utc>), Counts> = BTreeMap::new();
    for ((region, service, hour), minutes) in history::minutes(database, &scope, &plan).await? {
        let Some(pair) = scope.pair(region, service) else { continue };
        for (start, counts) in buckets(bucket, hour, &minutes, window) {
            *tallies.entry((&pair.service, start)).or_default() += counts;
        }
    }
    let judged = tallies.into_iter().filter(|(_, counts)| counts.judged() > 0);
    let tally = |((service, start), counts): ((&str, _), Counts)| Tally {
        service: service.to_owned(),
        start,
        up: counts.good(),
        down: counts.down,
    };
    Ok(judged.map(tally).collect())
}

/// What an hour has in each of its buckets.
fn buckets(
    bucket: Bucket,
    hour: DateTime<Utc>,
    minutes: &Minutes,
    window: Window,
) -> Vec<(DateTime<Utc>, Counts)> {
    let within = minutes_within(window, hour);
    match bucket {
        Bucket::Hour => vec![(hour, minutes.counts(within))],
        Bucket::Minute => {
            let starts = Window { from: hour, to: hour + Width::Hour.length() };
            let starts = starts.starts(Width::Minute).enumerate();
            let kept = starts.filter(|(minute, _)| within.contains(minute));
            kept.map(|(minute, start)| (start, minutes.counts(minute..minute + 1))).collect()
        }
    }
}

/// How often a service of a region was up and down, in the last hour and in the last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// The region, or `global`.
    pub region: String,
    /// The service.
    pub service: String,
    /// Up or degraded in the last hour.
    pub hour_up: i64,
    /// Down in the last hour.
    pub hour_down: i64,
    /// Up or degraded in the last day.
    pub day_up: i64,
    /// Down in the last day.
    pub day_down: i64,
}

/// How often was each service, applications left out, up and down in the hour and in the day
/// before `now`, whose own slot counts? By region, then by service. Reads a row for each service
/// and hour, and the measurements of hours that are due.
///
/// # Errors
/// [`Error::Database`].
pub async fn recent(database: &Database, now: DateTime<Utc>) -> Result<Vec<Recent>, Error> {
    let selection = Selection { kind: Some(Kind::Service), ..Selection::default() };
    let scope = Scope::of(database, &selection).await?;
    let hour = Window::newest(now, TimeDelta::hours(1));
    let day = Window::newest(now, TimeDelta::days(1));
    let plan = Plan::of(database, &scope, day, Width::Hour).await?;
    let mut recent: BTreeMap<(&str, &str), (Counts, Counts)> = BTreeMap::new();
    for ((region, service, start), minutes) in history::minutes(database, &scope, &plan).await? {
        let (in_hour, in_day) = (counts(hour, start, &minutes), counts(day, start, &minutes));
        let Some(pair) = scope.pair(region, service) else { continue };
        if in_day != Counts::default() {
            let sums = recent.entry((&pair.region, &pair.service)).or_default();
            sums.0 += in_hour;
            sums.1 += in_day;
        }
    }
    let row = |((region, service), (hour, day)): ((&str, &str), (Counts, Counts))| Recent {
        region: region.to_owned(),
        service: service.to_owned(),
        hour_up: hour.good(),
        hour_down: hour.down,
        day_up: day.good(),
        day_down: day.down,
    };
    Ok(recent.into_iter().map(row).collect())
}

fn counts(window: Window, hour: DateTime<Utc>, minutes: &Minutes) -> Counts {
    minutes.counts(minutes_within(window, hour))
}
