//! A round: all that one run saw and judged. Recorded whole, in one transaction, or not at all.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use crate::{
    Database, Error, current_status,
    database::limited,
    measurement::{self, Measurement},
    observation::{self, Observation},
    partition::{self, Table},
    region,
    rollup::due,
    run, service, status_change,
    window::Width,
};

mod sequence;
mod since;

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
    let rows = rows(connection, region_id, round).await?;
    let kept = measurement::insert(connection, rows).await?;
    let changed = current_status::update(connection, &kept).await?;
    let hours = kept.iter().map(|row| (row.region_id, row.slot));
    due::mark(connection, Width::Hour, hours).await?;
    // Last: from here to the end no other round can be numbered.
    let sequence = sequence::number(connection, run_id).await?;
    status_change::insert(connection, sequence, &changed).await?;
    Ok(Recorded::Written)
}

async fn rows(
    connection: &impl ConnectionTrait,
    region_id: i16,
    round: &Round,
) -> Result<Vec<measurement::Model>, Error> {
    let names: Vec<_> =
        round.measurements.iter().map(|judged| (judged.service.as_ref(), judged.kind)).collect();
    let services: HashMap<String, i16> = service::ensure(connection, &names).await?;
    let mut rows = Vec::with_capacity(round.measurements.len());
    for judged in &round.measurements {
        let region_id = match judged.global {
            true => region::ensure(connection, region::GLOBAL).await?,
            false => region_id,
        };
        let service_id = services[judged.service.as_ref()];
        rows.push(measurement::Model::new(judged, round.slot, region_id, service_id));
    }
    Ok(rows)
}
