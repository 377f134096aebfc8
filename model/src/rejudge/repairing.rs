//! Putting the measurements of stored rounds right, slot by slot.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect, entity::prelude::*};

use crate::{
    Database, Error, Status, Window, current_status,
    database::limited,
    measurement::{self, Measurement},
    region,
    rollup::{Minutes, due, hour},
    round::{Judged, judged},
    run,
    window::Width,
};

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

/// Repairs in one region. Each slot is a transaction of its own, beside which rounds may be recorded.
#[derive(Debug)]
pub struct Repairs<'a> {
    pub(super) database: &'a Database,
    pub(super) region: &'a str,
    pub(super) dry_run: bool,
    /// What is right of slots of which that is not told yet.
    pub(super) untold: Vec<Judged>,
}

impl<'a> Repairs<'a> {
    /// Repairs in `region`; with `dry_run` nothing is written.
    pub fn new(database: &'a Database, region: &'a str, dry_run: bool) -> Self {
        Self { database, region, dry_run, untold: Vec::new() }
    }

    /// Makes the measurements of `slot` what `right` says, and answers what that changes.
    ///
    /// The hour becomes due for its rollup, and the current status is read anew. A measurement of
    /// a service that is not in `right` stays, as does one of a global service that another
    /// region's runner wrote.
    ///
    /// # Errors
    /// [`Error::Database`]; then nothing was written.
    pub async fn repair(
        &mut self,
        slot: DateTime<Utc>,
        right: &[Measurement],
    ) -> Result<Vec<Change>, Error> {
        limited(async {
            let transaction = self.database.begin_writing().await?;
            let region_id = region::ensure(&transaction, self.region).await?;
            let judged = own(&transaction, (region_id, slot), right).await?;
            // Whoever records a round of these services waits for this, and this for whoever does.
            current_status::lock(&transaction, judged.iter().map(|judged| &judged.row)).await?;
            let stored = stored(&transaction, slot, &judged).await?;
            let mut changes = Vec::new();
            let mut wrong = Vec::new();
            for judged in &judged {
                let before = stored.get(&judged.pair());
                if before != Some(&judged.row) {
                    let before = before.map(|before| before.status);
                    let (service, after) = (judged.name.clone(), judged.row.status);
                    changes.push(Change { service, before, after });
                    wrong.push(judged.row.clone());
                }
            }
            if self.dry_run {
                transaction.rollback().await?;
                return Ok(changes);
            }
            if !wrong.is_empty() {
                write(&transaction, &wrong).await?;
            }
            transaction.commit().await?;
            self.untold.extend(judged);
            Ok(changes)
        })
        .await
    }
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

/// What was judged, without what is another region's to put right.
async fn own(
    connection: &impl ConnectionTrait,
    (region_id, slot): (i16, DateTime<Utc>),
    right: &[Measurement],
) -> Result<Vec<Judged>, Error> {
    let writes_global = is_first_of(connection, region_id, slot).await?;
    let right = right.iter().filter(|judged| !judged.global || writes_global);
    let mut judged = judged(connection, (region_id, slot), right).await?;
    // In one order everywhere: two that write crosswise would wait for each other.
    judged.sort_by_key(Judged::pair);
    Ok(judged)
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
    judged: &[Judged],
) -> Result<HashMap<(i16, i16), measurement::Model>, Error> {
    let found = measurement::Entity::find()
        .filter(measurement::COLUMN.slot.eq(slot))
        .filter(
            measurement::COLUMN.region_id.is_in(judged.iter().map(|judged| judged.row.region_id)),
        )
        .all(connection)
        .await?;
    Ok(found.into_iter().map(|row| ((row.region_id, row.service_id), row)).collect())
}
