//! A round: all that one run saw and judged. Recorded whole, in one transaction, or not at all.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use crate::{
    Database, Error, Window,
    current_status::{self, Updated},
    database::limited,
    incident,
    measurement::{self, Measurement},
    observation::{self, Observation},
    partition::{self, Table},
    region,
    rollup::due,
    run, slot, status_change,
    window::Width,
};

mod judged;
mod sequence;
mod since;

pub(crate) use judged::{Judged, judged};
pub(crate) use sequence::CHANNEL;
pub use sequence::newest;
pub use since::{Numbered, since};

/// All that one run saw and judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The region that was judged.
    pub region: String,
    /// The minute it belongs to.
    pub slot: DateTime<Utc>,
    /// When its probes started.
    pub started_at: DateTime<Utc>,
    /// How long they took, in microseconds.
    pub duration_us: i32,
    /// What they saw.
    pub observations: Vec<Observation>,
    /// What it means.
    pub measurements: Vec<Measurement>,
}

impl Round {
    /// The public name of the run: the same wherever it is made, and readable.
    pub fn id(&self) -> String {
        run_id(&self.region, self.slot)
    }

    /// When its probes were done.
    pub(crate) fn judged_at(&self) -> DateTime<Utc> {
        self.started_at + TimeDelta::microseconds(self.duration_us.into())
    }
}

/// The public name of the run of `slot` in `region`: `us-east-1-20261119T1804Z`.
pub fn run_id(region: &str, slot: DateTime<Utc>) -> String {
    format!("{region}-{}", slot.format("%Y%m%dT%H%MZ"))
}

/// What became of a round that was to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was written.
    Written,
    /// The slot had its rows already; nothing was written.
    Duplicate,
}

/// Writes a round: its run, its observations, its measurements, how things stand now, and what
/// changed. Whoever listens is told.
///
/// One transaction; a round whose slot has its rows changes nothing. It need not have been
/// claimed: a round out of the journal is not.
///
/// # Errors
/// [`Error::Database`]; then nothing was written, unless only the answer was lost. To record
/// the round again is right in either case.
pub async fn record(
    database: &Database,
    round: &Round,
    now: DateTime<Utc>,
) -> Result<Recorded, Error> {
    limited(async {
        match write_whole(database, round, now).await {
            // Late rows, old history, a clock that leapt: nobody made their month beforehand.
            Err(error) if partition::is_missing(&error) => {
                let starts = round.observations.iter().map(|seen| seen.started_at);
                partition::ensure(database, Table::Observation, starts).await?;
                partition::ensure(database, Table::Measurement, [round.slot]).await?;
                write_whole(database, round, now).await
            }
            recorded => recorded,
        }
    })
    .await
}

async fn write_whole(
    database: &Database,
    round: &Round,
    now: DateTime<Utc>,
) -> Result<Recorded, Error> {
    let transaction = database.begin_writing().await?;
    let recorded = write(&transaction, round, now).await?;
    transaction.commit().await?;
    Ok(recorded)
}

async fn write(
    connection: &impl ConnectionTrait,
    round: &Round,
    now: DateTime<Utc>,
) -> Result<Recorded, Error> {
    let region_id = region::ensure(connection, &round.region).await?;
    let Some(run_id) = run::finish(connection, region_id, round, now).await? else {
        return Ok(Recorded::Duplicate);
    };
    observation::insert(connection, region_id, Some(run_id), &round.observations).await?;
    let mut judged = judged(connection, (region_id, round.slot), &round.measurements).await?;
    let rows = judged.iter().map(|judged| judged.row.clone()).collect();
    let kept = measurement::insert(connection, rows).await?;
    judged.retain(|judged| kept.contains(&judged.row));
    let Updated { changed, late } = current_status::update(connection, &judged).await?;
    let updates = follow(connection, (judged, late), round.judged_at()).await?;
    let hours = kept.iter().map(|row| (row.region_id, row.slot));
    due::mark(connection, Width::Hour, hours).await?;
    // Last: from here to the end no other round can be numbered.
    let sequence = sequence::number(connection, run_id).await?;
    status_change::insert(connection, sequence, &changed).await?;
    incident::update::insert(connection, Some(sequence), updates).await?;
    Ok(Recorded::Written)
}

/// Follows incidents by what was judged. What is older than the newest of its service may be in
/// the midst of some, or join two: these are followed again.
async fn follow(
    connection: &impl ConnectionTrait,
    (judged, late): (Vec<Judged>, BTreeSet<i16>),
    judged_at: DateTime<Utc>,
) -> Result<Vec<incident::update::Model>, Error> {
    let (late, newest): (Vec<Judged>, Vec<Judged>) =
        judged.into_iter().partition(|judged| late.contains(&judged.row.region_id));
    let regions: BTreeMap<i16, DateTime<Utc>> =
        late.iter().map(|judged| (judged.row.region_id, judged.row.slot)).collect();
    for (region_id, slot) in regions {
        let window = Window { from: slot, to: slot + slot::LENGTH };
        incident::rebuild(connection, region_id, window, judged_at).await?;
    }
    incident::follow(connection, &newest, judged_at).await
}
