//! Rollups: measurements folded into hours and days, so that years are read as a few rows.
//!
//! An hour of a region is either *due* or its rollup knows every measurement of it. Whoever
//! writes a measurement marks its hour due in the same transaction; maintenance rolls hours up
//! once they are over, and the days that they are in. Nothing depends on a clock or on the order
//! of recording: a late measurement makes its hour due again, and until it has been rolled up
//! again, readers add what the rollup does not know from the measurements themselves.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::{
    Database, Error,
    database::limited,
    measurement,
    window::{Width, Window},
};

pub mod day;
pub mod due;
pub mod hour;
mod latencies;
mod minutes;

pub(crate) use latencies::Latencies;
pub(crate) use minutes::Minutes;

use hour::Hour;

/// Rolls one due hour or day of one region up, in one transaction. Answers whether it was still
/// due: of two that try at the same moment, one does the work.
pub(crate) async fn roll_up(database: &Database, due: &due::Model) -> Result<bool, Error> {
    limited(async {
        let transaction = database.begin_writing().await?;
        if !due::claim(&transaction, due).await? {
            return Ok(false);
        }
        match due.width {
            Width::Day => roll_day(&transaction, due.region_id, due.start).await?,
            _ => roll_hour(&transaction, due.region_id, due.start).await?,
        }
        transaction.commit().await?;
        Ok(true)
    })
    .await
}

/// The measurements of one region in one hour, with what the rollup knows besides: it outlives
/// the measurements, of which retention may have left a few or none.
async fn roll_hour(
    connection: &impl ConnectionTrait,
    region_id: i16,
    hour: DateTime<Utc>,
) -> Result<(), Error> {
    let window = Window { from: hour, to: hour + Width::Hour.length() };
    let rows = measurement::of_region(connection, region_id, window).await?;
    let mut seen: HashMap<i16, Minutes> = HashMap::new();
    for row in &rows {
        seen.entry(row.service_id).or_default().set(row.slot, row.status);
    }
    let mut hours = hour::of_region(connection, region_id, hour).await?;
    hours.retain(|service, known| {
        !seen.get(service).is_some_and(|seen| seen.covers(&known.minutes))
    });
    for row in &rows {
        hours.entry(row.service_id).or_default().add(row);
    }
    hour::write(connection, region_id, hour, hours).await?;
    due::mark(connection, Width::Day, [(region_id, hour)]).await
}

async fn roll_day(
    connection: &impl ConnectionTrait,
    region_id: i16,
    day: DateTime<Utc>,
) -> Result<(), Error> {
    let window = Window { from: day, to: day + Width::Day.length() };
    let mut days: HashMap<i16, day::Day> = HashMap::new();
    for (service_id, hour) in hour::of_region_in(connection, region_id, window).await? {
        days.entry(service_id).or_default().add(hour)?;
    }
    day::write(connection, region_id, day, days).await
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
