//! History counted the slow way: from the rounds themselves, one slot after the other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use model::{
    By, Counts, Status, Subject, Width, Window,
    measurement::Measurement,
    round::Round,
    service::Kind,
    uptime::{Bucket, Uptime},
};

/// Numbers that look random, the same every time.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        // Knuth's MMIX generator; the upper bits are the good ones.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Region, service, and slot.
type Key = (String, String, DateTime<Utc>);

/// Every measurement that counts.
#[derive(Default)]
pub(crate) struct History(BTreeMap<Key, (Kind, Status, Option<i32>)>);

impl History {
    /// Takes a round in, as the store should.
    pub(crate) fn take(&mut self, round: &Round) {
        for judged in &round.measurements {
            let Measurement { kind, global, status, latency_us, .. } = *judged;
            let region = if global { "global" } else { &round.region };
            let key = (region.to_owned(), judged.service.to_string(), round.slot);
            self.0.entry(key).or_insert((kind, status, latency_us));
        }
    }

    fn subject(by: By, region: &str, service: &str, kind: Kind) -> Subject {
        let (mut region, mut service) = (Some(region.to_owned()), Some(service.to_owned()));
        let mut kind = Some(kind);
        match by {
            By::Service => region = None,
            By::Region => (service, kind) = (None, None),
            By::Both => {}
        }
        Subject { region, kind, service }
    }

    /// What the uptime should be, for a window of whole slots.
    pub(crate) fn uptime(&self, window: Window, by: By, width: Width) -> Vec<Uptime> {
        let mut since: BTreeMap<(&str, &str), (Kind, DateTime<Utc>)> = BTreeMap::new();
        for ((region, service, slot), (kind, ..)) in &self.0 {
            since.entry((region, service)).or_insert((*kind, *slot));
        }
        let mut found: BTreeMap<Subject, BTreeMap<DateTime<Utc>, Counts>> = BTreeMap::new();
        for ((region, service), (kind, first)) in since {
            let buckets = found.entry(Self::subject(by, region, service, kind)).or_default();
            let mut slot = window.from;
            while slot < window.to {
                let counts = buckets.entry(width.start_of(slot)).or_default();
                counts.expected += i64::from(slot >= first);
                match self.0.get(&(region.to_owned(), service.to_owned(), slot)) {
                    Some((_, Status::Up, _)) => counts.up += 1,
                    Some((_, Status::Degraded, _)) => counts.degraded += 1,
                    Some((_, Status::Down, _)) => counts.down += 1,
                    Some((_, Status::Unknown, _)) => counts.unknown += 1,
                    None => {}
                }
                slot += Width::Minute.length();
            }
        }
        found.into_iter().map(uptime).collect()
    }

    /// The latencies in a window, sorted, by subject.
    pub(crate) fn latencies(&self, window: Window, by: By) -> BTreeMap<Subject, Vec<i32>> {
        let mut found: BTreeMap<Subject, Vec<i32>> = BTreeMap::new();
        for ((region, service, slot), (kind, _, latency)) in &self.0 {
            if (window.from..window.to).contains(slot) {
                let subject = Self::subject(by, region, service, *kind);
                found.entry(subject).or_default().extend(latency);
            }
        }
        found.retain(|_, latencies| !latencies.is_empty());
        found.values_mut().for_each(|latencies| latencies.sort_unstable());
        found
    }

    /// The regions that there are.
    pub(crate) fn regions(&self) -> BTreeSet<&str> {
        self.0.keys().map(|(region, ..)| region.as_str()).collect()
    }
}

fn uptime((subject, counts): (Subject, BTreeMap<DateTime<Utc>, Counts>)) -> Uptime {
    let mut total = Counts::default();
    counts.values().for_each(|counts| total += *counts);
    let buckets = counts.into_iter().map(|(start, counts)| Bucket { start, counts });
    Uptime { subject, total, buckets: buckets.collect() }
}
