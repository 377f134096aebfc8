//! Which share of the time did it work? Over windows up to years, with what is not known said.

use chrono::{DateTime, Utc};

use crate::{
    By, Counts, Database, Error, Selection, Subject, Width, Window, history,
    history::{Plan, minutes_within},
    rollup::{Key, Minutes, day, hour},
    selection::{Scope, Subjects},
};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Which services of which regions.
    pub selection: Selection,
    /// When; exact to the slot.
    pub window: Window,
    /// How the answer is grouped.
    pub by: By,
    /// How wide the buckets are; see [`Window::buckets`] for how many that makes. Absent for totals
    /// only.
    pub width: Option<Width>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The window that was counted: whole slots, and none that has not ended.
    pub window: Window,
    /// By subject.
    pub items: Vec<Uptime>,
}

/// How often one subject was up, degraded, down and unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uptime {
    /// The service, the region, or the service in the region.
    pub subject: Subject,
    /// In the whole window.
    pub total: Counts,
    /// Bucket by bucket, ascending, every one of the window. Empty where totals are asked for.
    pub buckets: Vec<Bucket>,
}

/// A part of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its start: on the minute, on the hour, or at midnight UTC. The first bucket may start
    /// before the window does; only slots of the window are counted in it.
    pub start: DateTime<Utc>,
    /// What was counted in it.
    pub counts: Counts,
}

/// How often was each subject up, degraded, down and unknown?
///
/// A slot is expected from the first one on that was ever measured of the service in the region,
/// until now, whether there is a measurement or not. Reads a row for each day and for each hour
/// at the window's edges (for buckets of an hour or less: for each hour), and the measurements
/// of hours that are due.
///
/// # Errors
/// [`Error::UnknownRegion`], [`Error::UnknownService`], [`Error::TooManyBuckets`],
/// [`Error::Database`].
pub async fn of(
    database: &Database,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<Answer, Error> {
    let scope = Scope::of(database, &question.selection).await?;
    let window = question.window.ended(now);
    scope.bounded(window, question)?;
    let mut groups = Groups::expecting(&scope, window, question);
    let width = question.width.unwrap_or(Width::Day);
    // Days are summed up in the database, and few rows come of them.
    let at_once = scope.buckets_at_once() * if width == Width::Day { 5 } else { 1 };
    for mut plan in Plan::pieces(database, &scope, window, (width, at_once)).await? {
        for days in &plan.days {
            groups.add_all(day::counts_of(database, &scope, *days, question.by).await?);
        }
        if width != Width::Minute {
            let whole = plan.take_whole_hours(window);
            groups.add_all(hour::counts_of(database, &scope, &whole, question.by).await?);
        }
        for (hour, minutes) in history::minutes(database, &scope, &plan).await? {
            groups.add_hour(hour, &minutes);
        }
    }
    Ok(Answer { window, items: groups.finish() })
}

/// The counts of each subject, while they are counted.
struct Groups {
    window: Window,
    width: Option<Width>,
    subjects: Subjects,
    totals: Vec<Counts>,
    /// Of each subject, bucket by bucket.
    counts: Vec<Vec<Counts>>,
}

impl Groups {
    /// Every subject, with what is expected and nothing found yet.
    fn expecting(scope: &Scope, window: Window, question: &Question) -> Self {
        let (width, subjects) = (question.width, scope.subjects(question.by));
        let buckets = width.map_or(0, |width| window.buckets(width));
        let mut totals = vec![Counts::default(); subjects.names.len()];
        let mut counts = vec![vec![Counts::default(); buckets]; subjects.names.len()];
        for pair in scope.pairs() {
            let Some(subject) = subjects.position(pair.region_id, pair.service_id) else {
                continue;
            };
            let measured = window.and(Window { from: pair.measured_since, ..window });
            totals[subject].expected += measured.slots();
            let starts = width.into_iter().flat_map(|width| {
                let bucket = move |from| Window { from, to: from + width.length() };
                window.starts(width).map(bucket)
            });
            for (counts, bucket) in counts[subject].iter_mut().zip(starts) {
                counts.expected += bucket.and(measured).slots();
            }
        }
        Self { window, width, subjects, totals, counts }
    }

    fn add(&mut self, (region, service, time): Key, found: Counts) {
        let Some(subject) = self.subjects.position(region, service) else { return };
        self.totals[subject] += found;
        let position = self.width.and_then(|width| self.window.position(width, time));
        if let Some(counts) = position.and_then(|bucket| self.counts[subject].get_mut(bucket)) {
            *counts += found;
        }
    }

    fn add_all(&mut self, found: Vec<(Key, Counts)>) {
        found.into_iter().for_each(|(key, counts)| self.add(key, counts));
    }

    fn add_hour(&mut self, (region, service, hour): Key, minutes: &Minutes) {
        let within = minutes_within(self.window, hour);
        if self.width != Some(Width::Minute) {
            return self.add((region, service, hour), minutes.counts(within));
        }
        for (minute, status) in minutes.of(within) {
            let mut one = Counts::default();
            one.count(status);
            let slot = hour + Width::Minute.length() * i32::try_from(minute).unwrap_or(0);
            self.add((region, service, slot), one);
        }
    }

    fn finish(self) -> Vec<Uptime> {
        let starts: Vec<DateTime<Utc>> =
            self.width.into_iter().flat_map(|width| self.window.starts(width)).collect();
        let found = self.subjects.names.into_iter().zip(self.totals).zip(self.counts);
        let uptime = |((subject, total), counts): ((Subject, Counts), Vec<Counts>)| {
            let buckets = starts.iter().zip(counts);
            let buckets = buckets.map(|(&start, counts)| Bucket { start, counts }).collect();
            Uptime { subject, total, buckets }
        };
        found.map(uptime).collect()
    }
}
