//! The incidents in the long part of a demonstration's history, with their evidence.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ConnectionTrait;

use super::{evidence, story};
use crate::{
    Error, Status,
    explanation::Explanation,
    import::Subject,
    incident::{self, Moment, Tracker},
    measurement,
    observation::{self, Observation},
    round::Judged,
};

/// The incidents of all regions, by key, as they come and go.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    trackers: BTreeMap<i16, Tracker>,
    /// What was seen since it was written last, by region.
    seen: BTreeMap<i16, Vec<Observation>>,
}

impl Incidents {
    /// Goes on by the measurements of some slots, oldest first, each slot's in the order of its
    /// subjects.
    pub(super) fn follow(
        &mut self,
        subjects: &[Subject],
        rows: &[measurement::Model],
        filled: DateTime<Utc>,
    ) {
        let rows: Vec<_> = rows.iter().zip(subjects.iter().cycle()).collect();
        for round in rows.chunk_by(|(one, _), (other, _)| one.region_id == other.region_id) {
            self.follow_round(round, filled);
        }
    }

    fn follow_round(&mut self, round: &[(&measurement::Model, &Subject)], filled: DateTime<Utc>) {
        let Some(&(&measurement::Model { region_id, slot, .. }, subject)) = round.first() else {
            return;
        };
        let tracker = self.trackers.entry(region_id).or_default();
        let all_well = round.iter().all(|(row, _)| row.status == Status::Up);
        if all_well && tracker.open.is_empty() {
            return;
        }
        let said = round.iter().map(|(row, subject)| {
            story::said(subject, (row.status, row.latency_us, row.cause), (slot, filled))
        });
        let said: Vec<_> = said.collect();
        let judged = said.iter().zip(round).map(|(said, (row, subject))| Judged {
            row: (*row).clone(),
            name: subject.service.clone(),
            kind: subject.kind,
            explanation: Explanation::of(said),
        });
        let judged_at = slot + TimeDelta::milliseconds(2_480);
        tracker.follow(Moment { region_id, slot, judged_at }, &judged.collect::<Vec<_>>());
        let seen = evidence::of(&said, &subject.region, slot);
        self.seen.entry(region_id).or_default().extend(seen);
    }

    /// Writes what was seen since it was written last.
    pub(super) async fn write_evidence(
        &mut self,
        connection: &impl ConnectionTrait,
    ) -> Result<(), Error> {
        for (region_id, seen) in std::mem::take(&mut self.seen) {
            observation::insert(connection, region_id, None, &seen).await?;
        }
        Ok(())
    }

    /// Writes the incidents.
    pub(super) async fn write(self, connection: &impl ConnectionTrait) -> Result<(), Error> {
        incident::store(connection, self.trackers.into_values()).await
    }
}
