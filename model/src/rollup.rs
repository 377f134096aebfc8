//! Rollups: measurements folded into hours and days, so that years are read as a few rows.
//!
//! An hour of a region is either *due* or its rollup knows every measurement of it. Whoever
//! writes a measurement marks its hour due in the same transaction; maintenance rolls hours up
//! once they are over, and the days that they are in. Nothing depends on a clock or on the order
//! of recording: a late measurement makes its hour due again, and until it has been rolled up
//! again, readers add what the rollup does not know from the measurements themselves.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::{
    Database, Error,
    database::{limited, without_waiting_for_the_disk},
    measurement,
    window::{Width, Window},
};

pub mod day;
pub mod due;
pub mod hour;
mod latencies;
mod minutes;
mod rows;

pub(crate) use latencies::{Latencies, Stored};
pub(crate) use minutes::Minutes;
pub(crate) use rows::Key;

use hour::Hour;

/// Rolls one hour or day up of those regions in which it is due, in one transaction. Answers for
/// how many it still was: of two that try at the same moment, one does the work.
///
/// All regions together: the rows of a slot lie side by side whatever their region, and to read
/// one region's is to read past the others'.
pub(crate) async fn roll_up(database: &Database, due: &[due::Model]) -> Result<u64, Error> {
    let Some(due::Model { width, start, .. }) = due.first() else { return Ok(0) };
    let regions = due.iter().map(|due| due.region_id).collect();
    limited(async {
        let transaction = database.begin_writing().await?;
        without_waiting_for_the_disk(&transaction).await?;
        let regions = due::claim(&transaction, (*width, *start), regions).await?;
        if regions.is_empty() {
            return Ok(0);
        }
        match width {
            Width::Day => roll_day(&transaction, &regions, *start).await?,
            _ => roll_hour(&transaction, &regions, *start).await?,
        }
        transaction.commit().await?;
        Ok(u64::try_from(regions.len()).unwrap_or(u64::MAX))
    })
    .await
}

/// The measurements of these regions in one hour, with what the rollup knows besides: it outlives
/// the measurements, of which retention may have left a few or none.
async fn roll_hour(
    connection: &impl ConnectionTrait,
    regions: &BTreeSet<i16>,
    hour: DateTime<Utc>,
) -> Result<(), Error> {
    let window = Window { from: hour, to: hour + Width::Hour.length() };
    let rows = measurement::of_regions(connection, regions, window).await?;
    let mut seen: HashMap<(i16, i16), Minutes> = HashMap::new();
    for row in &rows {
        seen.entry((row.region_id, row.service_id)).or_default().set(row.slot, row.status);
    }
    let mut hours = hour::of_regions(connection, regions, hour).await?;
    hours.retain(|pair, known| !seen.get(pair).is_some_and(|seen| seen.covers(&known.minutes)));
    for row in &rows {
        hours.entry((row.region_id, row.service_id)).or_default().add(row);
    }
    hour::write(connection, hour, hours).await?;
    due::mark(connection, Width::Day, regions.iter().map(|region| (*region, hour))).await
}

async fn roll_day(
    connection: &impl ConnectionTrait,
    regions: &BTreeSet<i16>,
    day: DateTime<Utc>,
) -> Result<(), Error> {
    let window = Window { from: day, to: day + Width::Day.length() };
    let mut days: HashMap<(i16, i16), day::Day> = HashMap::new();
    for (pair, hour) in hour::of_regions_in(connection, regions, window).await? {
        days.entry(pair).or_default().add(hour)?;
    }
    day::write(connection, day, days).await
}

/// Marks every hour of the window due that has measurements: to roll it up again from them, or
/// for measurements that were written by other ways than [`crate::round::record`].
///
/// # Errors
/// [`Error::Database`].
pub async fn mark(database: &Database, window: Window) -> Result<(), Error> {
    let mut hour = Width::Hour.start_of(window.from);
    while hour < window.to {
        let next = hour + Width::Hour.length();
        let regions = measurement::regions_in(database, Window { from: hour, to: next }).await?;
        due::mark(database, Width::Hour, regions.into_iter().map(|region| (region, hour))).await?;
        hour = next;
    }
    Ok(())
}

impl Hour {
    /// Adds a measurement of this hour, unless its minute is known: a slot is written once.
    pub(crate) fn add(&mut self, row: &measurement::Slot) {
        if self.minutes.set(row.slot, row.status) {
            self.latencies.add(row.latency_us);
        }
    }
}
