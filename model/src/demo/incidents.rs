//! The incidents in the long part of a demonstration's history, with their evidence.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use super::story;
use crate::{
    Error, Status,
    explanation::Explanation,
    import::Subject,
    incident::{self, Moment, Tracker},
    measurement, observation,
    round::{Judged, Round},
    run,
};

/// The incidents of all regions, by key, as they come and go.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    trackers: BTreeMap<i16, Tracker>,
    /// The rounds that something failed in since they were written last, by the keys of their regions.
    failed: Vec<(i16, Round)>,
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

    fn follow_round(&mut self, rows: &[(&measurement::Model, &Subject)], filled: DateTime<Utc>) {
        let Some(&(&measurement::Model { region_id, slot, .. }, subject)) = rows.first() else {
            return;
        };
        let tracker = self.trackers.entry(region_id).or_default();
        let all_well = rows.iter().all(|(row, _)| row.status == Status::Up);
        if all_well && tracker.open.is_empty() {
            return;
        }
        let said = rows.iter().map(|(row, subject)| {
            story::said(subject, (row.status, row.latency_us, row.cause), (slot, filled))
        });
        let round = super::round((&subject.region, slot), said.collect());
        let judged = rows.iter().zip(&round.measurements).map(|((row, subject), said)| Judged {
            row: (*row).clone(),
            name: subject.service.clone(),
            kind: subject.kind,
            explanation: Explanation::of(said),
        });
        let judged_at = round.judged_at();
        tracker.follow(Moment { region_id, slot, judged_at }, &judged.collect::<Vec<_>>());
        if !all_well {
            self.failed.push((region_id, round));
        }
    }

    /// Writes what failed since it was written last.
    pub(super) async fn write_evidence(
        &mut self,
        connection: &impl ConnectionTrait,
    ) -> Result<(), Error> {
        for (region_id, round) in self.failed.drain(..) {
            let run_id = run::finish(connection, region_id, &round, round.judged_at()).await?;
            observation::insert(connection, region_id, run_id, &round.observations).await?;
        }
        Ok(())
    }

    /// Writes the incidents.
    pub(super) async fn write(self, connection: &impl ConnectionTrait) -> Result<(), Error> {
        incident::store(connection, self.trackers.into_values()).await
    }
}
