//! Following incidents in the transaction of each round.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{Condition, entity::prelude::*};

use super::{
    COLUMN, storing,
    tracking::{Moment, Tracker},
    update,
};
use crate::{Error, Status, round::Judged};

/// Opens, updates and ends incidents by what was judged of the newest slot. Answers what happened,
/// for [`update::insert`].
///
/// Whoever records another round of these services waits until the transaction ends, because
/// their current status is written already.
pub(crate) async fn follow(
    connection: &impl ConnectionTrait,
    judged: &[Judged],
    judged_at: DateTime<Utc>,
) -> Result<Vec<update::Model>, Error> {
    let regions: BTreeSet<i16> = judged.iter().map(|judged| judged.row.region_id).collect();
    let open = Condition::all()
        .add(COLUMN.region_id.is_in(regions.iter().copied()))
        .add(COLUMN.ended_at.is_null());
    let mut open = storing::read(connection, open).await?;
    if open.is_empty() && judged.iter().all(|judged| judged.row.status == Status::Up) {
        return Ok(Vec::new());
    }
    let mut updates = Vec::new();
    for region_id in regions {
        let own = open.extract_if(.., |tracked| tracked.row.region_id == region_id).collect();
        let mut tracker = Tracker { open: own, ..Tracker::default() };
        let judged: Vec<Judged> =
            judged.iter().filter(|judged| judged.row.region_id == region_id).cloned().collect();
        let Some(slot) = judged.first().map(|judged| judged.row.slot) else { continue };
        tracker.follow(Moment { region_id, slot, judged_at }, &judged);
        for tracked in tracker.ended.into_iter().chain(tracker.open) {
            updates.extend(storing::write(connection, tracked).await?);
        }
    }
    Ok(updates)
}
