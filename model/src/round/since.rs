//! Reading rounds back in the order in which they became visible.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::{
    FromQueryResult, JoinType, QueryOrder, QuerySelect, RelationTrait, entity::prelude::*,
};

use super::run_id;
use crate::{
    Database, Error,
    incident::{self, Incident},
    measurement, region,
    run::{COLUMN, Column, Entity, Relation},
    status_change::{self, Change},
};

/// A recorded round with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Its number.
    pub sequence: i64,
    /// The region that was judged.
    pub region: String,
    /// The minute it belongs to.
    pub slot: DateTime<Utc>,
    /// What was judged in this slot, of the region and of `global`.
    pub measurements: Vec<measurement::Recorded>,
    /// What this round changed.
    pub changes: Vec<Change>,
    /// The incidents that this round opened, updated or ended, as they are now.
    pub incidents: Vec<Incident>,
}

impl Numbered {
    /// The public name of the run.
    pub fn id(&self) -> String {
        run_id(&self.region, self.slot)
    }
}

#[derive(FromQueryResult)]
struct Run {
    sequence: i64,
    region: String,
    slot: DateTime<Utc>,
}

/// Which rounds became visible after that with the number `sequence`? At most `limit`, in that
/// order. Four questions: runs, changes and incidents by their numbers, measurements by their key.
///
/// # Errors
/// [`Error::Database`].
pub async fn since(database: &Database, sequence: i64, limit: u64) -> Result<Vec<Numbered>, Error> {
    let runs = runs(database, sequence, limit).await?;
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return Ok(Vec::new()) };
    let changes = status_change::numbered(database, first.sequence..=last.sequence).await?;
    let incidents = incident::of_rounds(database, first.sequence..=last.sequence).await?;
    let slots: BTreeSet<_> = runs.iter().map(|run| run.slot).collect();
    let regions: BTreeSet<_> = runs.iter().map(|run| run.region.as_str()).collect();
    let regions = regions.into_iter().chain([region::GLOBAL]);
    let measurements = measurement::of_slots(database, slots, regions).await?;
    let mut by_slot: HashMap<_, Vec<_>> = HashMap::new();
    for row in &measurements {
        by_slot.entry(row.slot).or_default().push(row);
    }
    let rounds = runs.into_iter().map(|run| {
        let in_slot = by_slot.get(&run.slot).into_iter().flatten();
        let measured = in_slot.filter(|row| [&run.region, region::GLOBAL].contains(&&*row.region));
        let measurements = measured.map(|row| (*row).clone()).collect();
        let changed = changes.iter().filter(|change| change.sequence == run.sequence);
        let changes = changed.cloned().collect();
        let touched = incidents.iter().filter(|(sequence, _)| *sequence == run.sequence);
        let incidents = touched.map(|(_, incident)| incident.clone()).collect();
        let Run { sequence, region, slot } = run;
        Numbered { sequence, region, slot, measurements, changes, incidents }
    });
    Ok(rounds.collect())
}

async fn runs(database: &Database, sequence: i64, limit: u64) -> Result<Vec<Run>, Error> {
    Ok(Entity::find()
        .select_only()
        .columns([Column::Sequence, Column::Slot])
        .join(JoinType::InnerJoin, Relation::Region.def())
        .column_as(region::Column::Name, "region")
        .filter(COLUMN.sequence.gt(sequence))
        .order_by_asc(COLUMN.sequence)
        .limit(limit)
        .into_model::<Run>()
        .all(database)
        .await?)
}
