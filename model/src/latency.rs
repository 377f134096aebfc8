//! How long did it take? Percentiles over windows up to years.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    Database, Error, Subject, Width, Window, history,
    history::Plan,
    measurement,
    rollup::{Latencies, day},
    selection::Scope,
    uptime::Question,
};

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The window that was read: whole buckets of at most an hour, so that it may start before
    /// the one that was asked for and end after it.
    pub window: Window,
    /// By subject; one without a latency in the window is absent.
    pub items: Vec<Latency>,
}

/// How long the exchanges of one subject took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latency {
    /// The service, the region, or the service in the region.
    pub subject: Subject,
    /// In the whole window.
    pub total: Percentiles,
    /// Ascending; a bucket without a latency is absent.
    pub buckets: Vec<Bucket>,
}

/// A part of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its start: on the minute, on the hour, or at midnight UTC.
    pub start: DateTime<Utc>,
    /// What was found in it.
    pub percentiles: Percentiles,
}

/// Latencies in microseconds, each within 1 % of the true one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentiles {
    /// How many latencies there are: one for each slot in which the exchanges succeeded.
    pub count: u64,
    /// Half of them took no longer.
    pub p50_us: i64,
    /// 95 % of them took no longer.
    pub p95_us: i64,
    /// 99 % of them took no longer.
    pub p99_us: i64,
}

impl Percentiles {
    fn of(latencies: &Latencies) -> Option<Self> {
        Some(Self {
            count: latencies.count(),
            p50_us: latencies.quantile(0.5)?,
            p95_us: latencies.quantile(0.95)?,
            p99_us: latencies.quantile(0.99)?,
        })
    }
}

/// How long did the exchanges of each subject take?
///
/// Reads a row for each day and for each hour at the window's edges (for buckets of an hour: for
/// each hour), and the measurements of hours that are due; for buckets of a minute, every
/// measurement, which only retention leaves.
///
/// # Errors
/// [`Error::UnknownRegion`], [`Error::UnknownService`], [`Error::TooManyBuckets`],
/// [`Error::Histogram`], [`Error::Database`].
pub async fn of(
    database: &Database,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<Answer, Error> {
    let scope = Scope::of(database, &question.selection).await?;
    let window = rounded(question.window.ended(now), question.width);
    scope.bounded(window, question.width)?;
    let mut groups = Groups { scope: &scope, window, question, found: BTreeMap::new() };
    if question.width == Width::Minute {
        for row in measurement::of(database, &scope, &[window]).await? {
            let mut one = Latencies::default();
            one.add(row.latency_us);
            groups.add((row.region_id, row.service_id), row.slot, one)?;
        }
        return groups.finish();
    }
    let plan = Plan::of(database, &scope, window, question.width).await?;
    for days in &plan.days {
        for ((region, service, day), found) in day::latencies_of(database, &scope, *days).await? {
            groups.add((region, service), day, found)?;
        }
    }
    for ((region, service, hour), found) in history::latencies(database, &scope, &plan).await? {
        groups.add((region, service), hour, found)?;
    }
    groups.finish()
}

/// A histogram cannot be cut: a window begins and ends with an hour.
fn rounded(window: Window, width: Width) -> Window {
    if window.is_empty() || width == Width::Minute {
        return window;
    }
    Window { from: Width::Hour.start_of(window.from), to: Width::Hour.end_of(window.to) }
}

/// The latencies of each subject, bucket by bucket, while they are gathered.
struct Groups<'a> {
    scope: &'a Scope,
    window: Window,
    question: &'a Question,
    found: BTreeMap<Subject, BTreeMap<DateTime<Utc>, Latencies>>,
}

impl Groups<'_> {
    fn add(
        &mut self,
        (region, service): (i16, i16),
        time: DateTime<Utc>,
        latencies: Latencies,
    ) -> Result<(), Error> {
        let Some(pair) = self.scope.pair(region, service) else { return Ok(()) };
        if latencies.count() == 0 {
            return Ok(());
        }
        let buckets = self.found.entry(pair.subject(self.question.by)).or_default();
        buckets.entry(self.question.width.start_of(time)).or_default().merge(latencies)
    }

    fn finish(self) -> Result<Answer, Error> {
        let mut items = Vec::with_capacity(self.found.len());
        for (subject, found) in self.found {
            let mut total = Latencies::default();
            let mut buckets = Vec::with_capacity(found.len());
            for (start, latencies) in found {
                buckets.extend(
                    Percentiles::of(&latencies).map(|percentiles| Bucket { start, percentiles }),
                );
                total.merge(latencies)?;
            }
            let total = Percentiles::of(&total);
            items.extend(total.map(|total| Latency { subject, total, buckets }));
        }
        Ok(Answer { window: self.window, items })
    }
}
