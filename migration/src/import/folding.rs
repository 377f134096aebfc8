//! Folding the rows of a minute into measurements, and minutes into batches.

use std::{collections::HashMap, mem};

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Status, Width,
    import::{Batch, Row, Subject},
    region,
    service::Kind,
    slot,
};

use super::row::Judged;

/// 20,000 rows: some tenths of a second, and some megabytes.
const FULL: i64 = 20_000;

/// A day: of a source with few rows, a batch does not reach over years.
const LONGEST: TimeDelta = TimeDelta::days(1);

/// What the source's applications are called, besides those that begin with `Monitor`.
const APPLICATIONS: [&str; 4] = [
    "SQS + EC2 Voting Game",
    "Lambda Random Shade Generator",
    "EC2 Bezos Quote Generator",
    "S3 File Serving",
];

/// Services without a region: every region's rows are about the same one.
const GLOBAL: [&str; 1] = ["IAM"];

/// Makes batches of rows that come in the order of time.
#[derive(Default)]
pub(crate) struct Folding {
    /// The minute whose rows are coming.
    slot: DateTime<Utc>,
    /// The first minute of the batch.
    first: DateTime<Utc>,
    /// What was seen in this minute, by subject.
    minute: HashMap<usize, Seen>,
    names: Names,
    rows: Vec<Row>,
    /// Rows of the source in the batch.
    read: i64,
    skipped: i64,
}

/// The rows of one subject in one minute.
#[derive(Clone, Copy, Default)]
struct Seen {
    up: i64,
    down: i64,
    /// The longest of those that were up.
    latency_us: Option<i32>,
}

impl Folding {
    /// Goes on to the minute of the next row, and answers the batch that is full before it. A
    /// batch ends with an hour, as far as there is anything in it: so no hour is due twice.
    pub(crate) fn go_on_to(&mut self, time: DateTime<Utc>) -> Option<Batch> {
        let slot = slot::containing(time);
        let is_full = self.read >= FULL || slot - self.first >= LONGEST;
        let is_over = Width::Hour.start_of(slot) > self.slot;
        let batch = (self.read > 0 && is_full && is_over).then(|| self.batch(slot));
        if slot > self.slot {
            self.end_minute();
            self.slot = slot;
        }
        if self.read == 0 {
            self.first = slot;
        }
        self.read += 1;
        batch
    }

    /// Adds the row to its minute.
    pub(crate) fn add(&mut self, judged: &Judged<'_>) {
        let subject = self.names.subject(judged.region, judged.dimension);
        let seen = self.minute.entry(subject).or_default();
        if judged.is_up {
            seen.up += 1;
            seen.latency_us = seen.latency_us.max(judged.latency_us);
        } else {
            seen.down += 1;
        }
    }

    /// Leaves the row out.
    pub(crate) fn skip(&mut self) {
        self.skipped += 1;
    }

    /// The last batch, which has all that is before `until`.
    pub(crate) fn finish(mut self, until: DateTime<Utc>) -> Batch {
        self.batch(until)
    }

    fn batch(&mut self, next_slot: DateTime<Utc>) -> Batch {
        self.end_minute();
        let subjects = mem::take(&mut self.names).subjects;
        let rows = mem::take(&mut self.rows);
        let skipped = mem::take(&mut self.skipped);
        self.read = 0;
        Batch { subjects, rows, skipped, next_slot }
    }

    fn end_minute(&mut self) {
        let slot = self.slot;
        self.rows.extend(self.minute.drain().map(|(subject, seen)| seen.row(slot, subject)));
    }
}

impl Seen {
    /// All up is up, all down is down, and both is degraded. Only of what was up we say how long
    /// it took.
    fn row(self, slot: DateTime<Utc>, subject: usize) -> Row {
        let (status, latency_us) = match (self.up, self.down) {
            (_, 0) => (Status::Up, self.latency_us),
            (0, _) => (Status::Down, None),
            _ => (Status::Degraded, None),
        };
        Row { slot, subject, status, latency_us, made_of: self.up + self.down }
    }
}

/// The subjects of a batch, found by the source's names.
#[derive(Default)]
struct Names {
    subjects: Vec<Subject>,
    known: HashMap<Subject, usize>,
    /// By region, then by dimension, as the source has them.
    found: HashMap<String, HashMap<String, usize>>,
}

impl Names {
    fn subject(&mut self, region: &str, dimension: &str) -> usize {
        if let Some(subject) = self.found.get(region).and_then(|found| found.get(dimension)) {
            return *subject;
        }
        let subject = subject(region, dimension);
        let next = self.subjects.len();
        let position = *self.known.entry(subject.clone()).or_insert(next);
        if position == next {
            self.subjects.push(subject);
        }
        let found = self.found.entry(region.to_owned()).or_default();
        found.insert(dimension.to_owned(), position);
        position
    }
}

/// What we call what the source means.
fn subject(region: &str, dimension: &str) -> Subject {
    let is_application = APPLICATIONS.contains(&dimension) || dimension.starts_with("Monitor ");
    let kind = if is_application { Kind::Application } else { Kind::Service };
    let region = if GLOBAL.contains(&dimension) { region::GLOBAL } else { region };
    Subject { region: region.to_owned(), service: dimension.to_owned(), kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        format!("2026-11-{text}Z").parse().unwrap()
    }

    fn up(dimension: &'static str, latency_us: Option<i32>) -> Judged<'static> {
        Judged { dimension, region: "us-east-1", is_up: true, latency_us }
    }

    fn down(dimension: &'static str) -> Judged<'static> {
        Judged { is_up: false, ..up(dimension, None) }
    }

    /// What one minute of these rows is folded into.
    fn folded(rows: &[Judged<'_>]) -> Vec<(Subject, Row)> {
        let mut folding = Folding::default();
        for row in rows {
            assert_eq!(folding.go_on_to(time("19T18:04:30")), None);
            folding.add(row);
        }
        let batch = folding.finish(time("20T00:00:00"));
        let mut rows = batch.rows;
        rows.sort_by_key(|row| row.subject);
        rows.iter().map(|row| (batch.subjects[row.subject].clone(), *row)).collect()
    }

    #[test]
    fn rows_of_a_minute_are_one_measurement() {
        for (rows, status, latency_us) in [
            (vec![up("EC2", Some(1_000)), up("EC2", Some(3_000))], Status::Up, Some(3_000)),
            (vec![up("EC2", Some(1_000)), up("EC2", None)], Status::Up, Some(1_000)),
            (vec![up("EC2", None)], Status::Up, None),
            (vec![down("EC2"), down("EC2")], Status::Down, None),
            (vec![up("EC2", Some(1_000)), down("EC2")], Status::Degraded, None),
        ] {
            let [(_, row)] = folded(&rows)[..] else { panic!("{rows:?}") };
            let made_of = i64::try_from(rows.len()).unwrap();
            let slot = time("19T18:04:00");
            assert_eq!(row, Row { slot, subject: 0, status, latency_us, made_of });
        }
    }

    #[test]
    fn a_global_service_is_one_for_all_regions() {
        let here = up("IAM", Some(1_000));
        let there = Judged { region: "eu-west-1", ..down("IAM") };
        let [(subject, row)] = &folded(&[here, there])[..] else { panic!("two of them") };
        assert_eq!((subject.region.as_str(), row.status), ("global", Status::Degraded));
    }

    #[test]
    fn applications_are_told_from_services() {
        let kinds = ["SQS", "S3 File Serving", "Monitor - SQS", "Monitoring"]
            .map(|dimension| subject("us-east-1", dimension).kind);
        use Kind::{Application, Service};
        assert_eq!(kinds, [Service, Application, Application, Service]);
    }

    #[test]
    fn a_full_batch_ends_with_its_hour() {
        let mut folding = Folding::default();
        for _ in 0..FULL + 5 {
            assert_eq!(folding.go_on_to(time("19T18:04:30")), None);
            folding.add(&up("SQS", None));
        }
        assert_eq!(folding.go_on_to(time("19T18:59:59")), None);
        folding.skip();
        let batch = folding.go_on_to(time("19T20:01:30")).unwrap();
        assert_eq!((batch.rows.len(), batch.rows[0].made_of, batch.skipped), (1, FULL + 5, 1));
        assert_eq!(batch.next_slot, time("19T20:01:00"));
        folding.add(&down("SQS"));
        let last = folding.finish(time("20T00:00:00"));
        assert_eq!((last.rows.len(), last.skipped), (1, 0));
    }

    #[test]
    fn a_batch_of_few_rows_ends_after_a_day() {
        let mut folding = Folding::default();
        assert_eq!(folding.go_on_to(time("18T12:00:00")), None);
        folding.add(&down("SQS"));
        assert_eq!(folding.go_on_to(time("19T11:59:00")), None);
        folding.add(&down("SQS"));
        assert_eq!(folding.go_on_to(time("19T12:00:00")).unwrap().rows.len(), 2);
    }
}
