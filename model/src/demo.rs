//! A made-up installation, for a demonstration: months of ten regions, and a round a minute from
//! then on. The database says so for ever, so that nothing real is ever mixed into it: its history
//! counts as an import from a source of this name.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{EntityTrait, IntoActiveModel};

use crate::{
    Database, Error, Retention,
    import::{self, Model},
    maintenance,
    measurement::Measurement,
    region,
    round::{self, Round},
    window::{Width, Window},
};

mod evidence;
mod history;
mod incidents;
mod outages;
mod story;

/// The name of the source.
const SOURCE: &str = "demo";

/// Is the history of this database made up?
///
/// One look by primary key.
///
/// # Errors
/// [`Error::Database`].
pub async fn is_one(database: &Database) -> Result<bool, Error> {
    Ok(import::progress(database, SOURCE).await?.is_some())
}

/// Fills an empty database with some days that end at `now`.
///
/// Whole hours are written as rollups, with the measurements of the last day and of what was not
/// up; the last one or two hours are rounds with evidence. 90 days take about a minute.
///
/// # Errors
/// [`Error::NotEmpty`]; [`Error::Database`], and then the database is of no use.
pub async fn fill(database: &Database, days: u16, now: DateTime<Utc>) -> Result<(), Error> {
    if !region::all(database).await?.is_empty() {
        return Err(Error::NotEmpty);
    }
    let mark = Model::new(SOURCE.to_owned(), now).into_active_model();
    import::Entity::insert(mark).exec_without_returning(database).await?;
    let rounds_from = Width::Hour.start_of(now - TimeDelta::hours(1));
    let window =
        Window { from: Width::Day.start_of(now - TimeDelta::days(days.into())), to: rounds_from };
    history::write(database, window, now).await?;
    for slot in (Window { from: rounds_from, to: now }).starts(Width::Minute) {
        record(database, slot, now).await?;
    }
    let patience = std::time::Duration::from_secs(3_600);
    maintenance::run(database, &Retention::default(), now, patience).await?;
    Ok(())
}

/// Records the rounds of all regions in a slot; `filled` is when the database was filled, to which
/// the story is told.
///
/// # Errors
/// [`Error::Database`].
pub async fn record(
    database: &Database,
    slot: DateTime<Utc>,
    filled: DateTime<Utc>,
) -> Result<(), Error> {
    for region in story::REGIONS {
        let round = round((region, slot), story::judged(region, slot, filled));
        round::record(database, &round, slot).await?;
    }
    Ok(())
}

fn round((region, slot): (&str, DateTime<Utc>), measurements: Vec<Measurement>) -> Round {
    Round {
        region: region.into(),
        slot,
        started_at: slot + TimeDelta::milliseconds(640),
        duration_us: 1_840_000,
        observations: evidence::of(&measurements, region, slot),
        measurements,
    }
}
