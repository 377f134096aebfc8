//! Which share of the time did it work? Over windows up to years, with what is not known said.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::{
    By, Counts, Database, Error, Selection, Subject, Width, Window, history,
    history::{Plan, minutes_within},
    rollup::{Key, Minutes, day, hour},
    selection::Scope,
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
    /// How wide the buckets are; see [`Window::buckets`] for how many that makes.
    pub width: Width,
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
    /// Bucket by bucket, ascending, every one of the window.
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
    scope.bounded(window, question.width)?;
    let mut groups = Groups::expecting(&scope, window, question);
    let mut plan = Plan::of(database, &scope, window, question.width).await?;
    for days in &plan.days {
        let found = day::counts_of(database, &scope, *days, question.by).await?;
        for ((region, service, day), counts) in found {
            groups.add((region, service), day, counts);
        }
    }
    if question.width != Width::Minute {
        let whole = plan.take_whole_hours(window);
        for ((region, service, hour), counts) in
            hour::counts_of(database, &scope, &whole, question.by).await?
        {
            groups.add((region, service), hour, counts);
        }
    }
    for ((region, service, hour), minutes) in history::minutes(database, &scope, &plan).await? {
        groups.add_hour((region, service, hour), &minutes);
    }
    Ok(Answer { window, items: groups.finish() })
}

/// The counts of each subject, while they are counted.
struct Groups {
    window: Window,
    width: Width,
    subjects: Vec<Subject>,
    /// Of each subject, bucket by bucket.
    counts: Vec<Vec<Counts>>,
    /// Which subject a pair of region and service belongs to.
    of_pair: HashMap<(i16, i16), usize>,
}

impl Groups {
    /// Every subject, with what is expected and nothing found yet.
    fn expecting(scope: &Scope, window: Window, question: &Question) -> Self {
        let (by, width) = (question.by, question.width);
        let subjects: BTreeSet<Subject> = scope.pairs().map(|pair| pair.subject(by)).collect();
        let subjects: Vec<Subject> = subjects.into_iter().collect();
        let mut counts = vec![vec![Counts::default(); window.buckets(width)]; subjects.len()];
        let mut of_pair = HashMap::new();
        for pair in scope.pairs() {
            let Ok(position) = subjects.binary_search(&pair.subject(by)) else { continue };
            of_pair.insert((pair.region_id, pair.service_id), position);
            let since = Window { from: pair.measured_since, ..window };
            for (counts, start) in counts[position].iter_mut().zip(window.starts(width)) {
                let bucket = Window { from: start, to: start + width.length() };
                counts.expected += bucket.and(window).and(since).slots();
            }
        }
        Self { window, width, subjects, counts, of_pair }
    }

    fn add(&mut self, pair: (i16, i16), time: DateTime<Utc>, found: Counts) {
        let Some(&subject) = self.of_pair.get(&pair) else { return };
        let Some(bucket) = self.window.position(self.width, time) else { return };
        if let Some(counts) = self.counts[subject].get_mut(bucket) {
            *counts += found;
        }
    }

    fn add_hour(&mut self, (region, service, hour): Key, minutes: &Minutes) {
        let within = minutes_within(self.window, hour);
        if self.width != Width::Minute {
            return self.add((region, service), hour, minutes.counts(within));
        }
        for (minute, status) in minutes.of(within) {
            let mut one = Counts::default();
            one.count(status);
            let slot = hour + Width::Minute.length() * i32::try_from(minute).unwrap_or(0);
            self.add((region, service), slot, one);
        }
    }

    fn finish(self) -> Vec<Uptime> {
        let (window, width) = (self.window, self.width);
        let uptime = |(subject, counts): (Subject, Vec<Counts>)| {
            let mut total = Counts::default();
            counts.iter().for_each(|counts| total += *counts);
            let buckets = window.starts(width).zip(counts);
            let buckets = buckets.map(|(start, counts)| Bucket { start, counts }).collect();
            Uptime { subject, total, buckets }
        };
        self.subjects.into_iter().zip(self.counts).map(uptime).collect()
    }
}
