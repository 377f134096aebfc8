//! Judging stored rounds again: reading what they saw, and putting their measurements right.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect, entity::prelude::*};

use crate::{
    Database, Error, Status, Window, current_status,
    database::limited,
    measurement::{self, Measurement},
    observation::{self, Observation},
    region,
    rollup::{Minutes, due, hour},
    run, service,
    window::Width,
};

/// What a stored round saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its slot.
    pub slot: DateTime<Utc>,
    /// Every attempt, in the order of recording.
    pub observations: Vec<Observation>,
}

/// A measurement that was put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The service or application.
    pub service: String,
    /// What was stored; absent when nothing was.
    pub before: Option<Status>,
    /// What is true by the present rule.
    pub after: Status,
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

/// Makes the measurements of `slot` what `judged` says, and answers what that changes; with
/// `dry_run` it writes nothing.
///
/// One transaction, beside which rounds may be recorded: the hour becomes due for its rollup, and
/// the current status is read anew. A measurement of a service that is not in `judged` stays, as
/// does one of a global service that another region's runner wrote.
///
/// # Errors
/// [`Error::Database`]; then nothing was written.
pub async fn repair(
    database: &Database,
    (region, slot): (&str, DateTime<Utc>),
    judged: &[Measurement],
    dry_run: bool,
) -> Result<Vec<Change>, Error> {
    limited(async {
        let transaction = database.begin_writing().await?;
        let region_id = region::ensure(&transaction, region).await?;
        let rows = rows(&transaction, (region_id, slot), judged).await?;
        // Whoever records a round of these services waits for this, and this for whoever does.
        current_status::lock(&transaction, &rows).await?;
        let stored = stored(&transaction, slot, &rows).await?;
        let names = services(&transaction).await?;
        let mut changes = Vec::new();
        let mut wrong = Vec::new();
        for row in rows {
            let before = stored.get(&(row.region_id, row.service_id));
            if before == Some(&row) {
                continue;
            }
            let service = names.get(&row.service_id).cloned().unwrap_or_default();
            changes.push(Change { service, before: before.map(|b| b.status), after: row.status });
            wrong.push(row);
        }
        if dry_run || wrong.is_empty() {
            transaction.rollback().await?;
            return Ok(changes);
        }
        write(&transaction, &wrong).await?;
        transaction.commit().await?;
        Ok(changes)
    })
    .await
}

async fn write(
    connection: &impl ConnectionTrait,
    wrong: &[measurement::Model],
) -> Result<(), Error> {
    for row in wrong {
        let key = (row.region_id, row.service_id, row.slot);
        measurement::Entity::delete_by_id(key).exec(connection).await?;
    }
    let rows = wrong.iter().map(|row| row.clone().into_active_model());
    measurement::Entity::insert_many(rows).exec_without_returning(connection).await?;
    for row in wrong {
        current_status::read_anew(connection, row).await?;
        forget_hour(connection, row).await?;
    }
    let hours = wrong.iter().map(|row| (row.region_id, row.slot));
    due::mark(connection, Width::Hour, hours).await
}

/// Takes the rollup of a measurement's hour away, which knows what was wrong: until the hour is
/// rolled up again, readers take it from the measurements. A rollup that knows more than these
/// stays, and follows when retention has left nothing to disagree with.
async fn forget_hour(
    connection: &impl ConnectionTrait,
    row: &measurement::Model,
) -> Result<(), Error> {
    let start = Width::Hour.start_of(row.slot);
    let key = (row.region_id, row.service_id, start);
    let Some(known) = hour::Entity::find_by_id(key).one(connection).await? else { return Ok(()) };
    let window = Window { from: start, to: start + Width::Hour.length() };
    let rows = measurement::of_regions(connection, &[row.region_id].into(), window).await?;
    let mut seen = Minutes::default();
    for slot in rows.iter().filter(|slot| slot.service_id == row.service_id) {
        seen.set(slot.slot, slot.status);
    }
    if seen.covers(&known.minutes) {
        hour::Entity::delete_by_id(key).exec(connection).await?;
    }
    Ok(())
}

/// The rows of these judgements, without those that are another region's to put right.
async fn rows(
    connection: &impl ConnectionTrait,
    (region_id, slot): (i16, DateTime<Utc>),
    judged: &[Measurement],
) -> Result<Vec<measurement::Model>, Error> {
    let names: Vec<_> = judged.iter().map(|row| (row.service.as_ref(), row.kind)).collect();
    let services = service::ensure(connection, &names).await?;
    let writes_global = is_first_of(connection, region_id, slot).await?;
    let mut rows = Vec::with_capacity(judged.len());
    for row in judged.iter().filter(|row| !row.global || writes_global) {
        let region_id = match row.global {
            true => region::ensure(connection, region::GLOBAL).await?,
            false => region_id,
        };
        let service_id = services[row.service.as_ref()];
        rows.push(measurement::Model::new(row, slot, region_id, service_id));
    }
    // In one order everywhere: two that lock crosswise would wait for each other.
    rows.sort_by_key(|row| (row.region_id, row.service_id));
    Ok(rows)
}

/// Of the regions that ran a slot, the first to finish wrote the rows of the global services.
async fn is_first_of(
    connection: &impl ConnectionTrait,
    region_id: i16,
    slot: DateTime<Utc>,
) -> Result<bool, Error> {
    let first: Option<i16> = run::Entity::find()
        .select_only()
        .column(run::Column::RegionId)
        .filter(run::COLUMN.slot.eq(slot))
        .filter(run::COLUMN.finished_at.is_not_null())
        .order_by_asc(run::COLUMN.finished_at)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(first == Some(region_id))
}

/// The measurements of a slot that are where `rows` belong. Relies on the primary key.
async fn stored(
    connection: &impl ConnectionTrait,
    slot: DateTime<Utc>,
    rows: &[measurement::Model],
) -> Result<HashMap<(i16, i16), measurement::Model>, Error> {
    let found = measurement::Entity::find()
        .filter(measurement::COLUMN.slot.eq(slot))
        .filter(measurement::COLUMN.region_id.is_in(rows.iter().map(|row| row.region_id)))
        .all(connection)
        .await?;
    Ok(found.into_iter().map(|row| ((row.region_id, row.service_id), row)).collect())
}

async fn services(connection: &impl ConnectionTrait) -> Result<HashMap<i16, String>, Error> {
    let services = service::Entity::find().all(connection).await?;
    Ok(services.into_iter().map(|service| (service.id, service.name)).collect())
}
