//! Judging stored rounds again: reading what they saw, and putting right what was made of it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{QueryOrder, entity::prelude::*};

use crate::{
    Database, Error, Window,
    observation::{self, Observation},
    region, run,
};

mod repairing;
mod telling;

pub use repairing::{Change, Repairs};

/// What a stored round saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its slot.
    pub slot: DateTime<Utc>,
    /// Every attempt, in the order of recording.
    pub observations: Vec<Observation>,
}

/// 1 h around the runs of the window: observations are cut by their own time, and a probe that
/// was run begins within its round.
const AROUND: TimeDelta = TimeDelta::hours(1);

/// What did the rounds of `region` see whose slots lie in `window`? Oldest first. Relies on the
/// unique index of region and slot, and on the index of an observation's run.
///
/// # Errors
/// [`Error::Database`]. A region that was never recorded has seen nothing.
pub async fn seen(database: &Database, region: &str, window: Window) -> Result<Vec<Seen>, Error> {
    let region_id = match region::named(database, region).await {
        Ok(region) => region.id,
        Err(Error::UnknownRegion { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let runs = run::Entity::find()
        .filter(run::COLUMN.region_id.eq(region_id))
        .filter(run::COLUMN.slot.gte(window.from))
        .filter(run::COLUMN.slot.lt(window.to))
        .filter(run::COLUMN.finished_at.is_not_null())
        .order_by_asc(run::COLUMN.slot)
        .all(database)
        .await?;
    let starts = || runs.iter().map(|run| run.started_at);
    let (Some(first), Some(last)) = (starts().min(), starts().max()) else {
        return Ok(Vec::new());
    };
    let rows = observation::Entity::find()
        .filter(observation::COLUMN.run_id.is_in(runs.iter().map(|run| run.id)))
        .filter(observation::COLUMN.started_at.gte(first - AROUND))
        .filter(observation::COLUMN.started_at.lt(last + AROUND))
        .order_by_asc(observation::COLUMN.id)
        .all(database)
        .await?;
    let mut slots: BTreeMap<DateTime<Utc>, Vec<Observation>> = BTreeMap::new();
    for recorded in observation::with_names(database, rows).await? {
        let Some(slot) = recorded.slot else { continue };
        slots.entry(slot).or_default().push(recorded.observation);
    }
    Ok(slots.into_iter().map(|(slot, observations)| Seen { slot, observations }).collect())
}
