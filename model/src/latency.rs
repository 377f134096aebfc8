//! How long did it take? Percentiles over windows up to years.

use chrono::{DateTime, Utc};

use crate::{
    Database, Error, Subject, Width, Window, history,
    history::Plan,
    measurement,
    rollup::{Key, Latencies, Stored, day},
    selection::{Scope, Subjects},
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
    /// Ascending; a bucket without a latency is absent. Empty where totals are asked for.
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
/// measurement, which only retention leaves. Some thousand rows are in memory at once.
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
    scope.bounded(window, question)?;
    let mut groups = Groups::of(scope.subjects(question.by), question.width);
    if question.width == Some(Width::Minute) {
        for piece in window.pieces(Width::Minute, scope.buckets_at_once()) {
            let rows = measurement::of(database, &scope, piece).await?.into_iter();
            let pair = |row: &measurement::Slot| (row.region_id, row.service_id, row.slot);
            groups.add(rows.map(|row| (pair(&row), Stored::One(row.latency_us))))?;
        }
        return Ok(Answer { window, items: groups.finish() });
    }
    let width = question.width.unwrap_or(Width::Day);
    for plan in Plan::pieces(database, &scope, window, (width, scope.buckets_at_once())).await? {
        for days in &plan.days {
            groups.add(day::latencies_of(database, &scope, *days).await?.into_iter())?;
        }
        groups.add(history::latencies(database, &scope, &plan).await?.into_iter())?;
    }
    Ok(Answer { window, items: groups.finish() })
}

/// A histogram cannot be cut: a window begins and ends with an hour.
fn rounded(window: Window, width: Option<Width>) -> Window {
    if window.is_empty() || width == Some(Width::Minute) {
        return window;
    }
    Window { from: Width::Hour.start_of(window.from), to: Width::Hour.end_of(window.to) }
}

/// The latencies of each subject, while they are gathered: one histogram for each.
struct Groups {
    subjects: Subjects,
    width: Option<Width>,
    totals: Vec<Latencies>,
    buckets: Vec<Vec<Bucket>>,
}

impl Groups {
    fn of(subjects: Subjects, width: Option<Width>) -> Self {
        let (totals, buckets) = subjects.names.iter().map(|_| Default::default()).unzip();
        Self { subjects, width, totals, buckets }
    }

    /// Adds all latencies of some buckets.
    fn add(&mut self, found: impl Iterator<Item = (Key, Stored)>) -> Result<(), Error> {
        let start_of = |time| self.width.map(|width| width.start_of(time));
        let mut parts: Vec<_> = found
            .filter_map(|((region, service, time), stored)| {
                Some(((self.subjects.position(region, service)?, start_of(time)), stored))
            })
            .collect();
        parts.sort_unstable_by_key(|(of, _)| *of);
        for group in parts.chunk_by(|(one, _), (other, _)| one == other) {
            let mut sum = Latencies::default();
            for (_, stored) in group {
                sum.merge(stored.read()?)?;
            }
            let Some(((subject, start), _)) = group.first() else { continue };
            let bucket = |start| Some(Bucket { start, percentiles: Percentiles::of(&sum)? });
            self.buckets[*subject].extend(start.and_then(bucket));
            self.totals[*subject].merge(sum)?;
        }
        Ok(())
    }

    fn finish(self) -> Vec<Latency> {
        let gathered = self.subjects.names.into_iter().zip(self.totals).zip(self.buckets);
        gathered
            .filter_map(|((subject, total), mut buckets)| {
                // Of one piece, whole days come before days of which hours were read.
                buckets.sort_unstable_by_key(|bucket| bucket.start);
                Some(Latency { subject, total: Percentiles::of(&total)?, buckets })
            })
            .collect()
    }
}
