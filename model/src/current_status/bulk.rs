//! Bringing the table up to date with many measurements at once.

use std::collections::BTreeMap;

use sea_orm::{
    ConnectionTrait, EntityTrait, IntoActiveModel,
    prelude::Expr,
    sea_query::{CaseStatement, ExprTrait, OnConflict},
};

use super::{Column, EXPLAINED, Entity, Model};
use crate::{Error, database::ROWS_AT_ONCE, measurement};

/// Brings the table up to date with measurements that were just written, ascending by slot. What
/// they change about `since` where there are newer ones is left to [`super::settle`].
pub(crate) async fn update(
    connection: &impl ConnectionTrait,
    measured: &[measurement::Model],
) -> Result<(), Error> {
    let mut pairs: BTreeMap<(i16, i16), Model> = BTreeMap::new();
    for row in measured {
        let new = Model::of(row);
        pairs
            .entry((row.region_id, row.service_id))
            .and_modify(|known| known.follow_with(&new))
            .or_insert(new);
    }
    let pairs: Vec<Model> = pairs.into_values().collect();
    for some in pairs.chunks(ROWS_AT_ONCE) {
        Entity::insert_many(some.iter().cloned().map(IntoActiveModel::into_active_model))
            .on_conflict(joined())
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}

impl Model {
    /// Goes on to a later measurement.
    fn follow_with(&mut self, next: &Self) {
        let since = if next.status == self.status { self.since } else { next.since };
        *self = Self { since, measured_since: self.measured_since, ..next.clone() };
    }
}

/// What the newer of two measurements says.
const NEWEST: [Column; 4] = [Column::Slot, Column::Status, Column::LatencyUs, Column::Cause];

/// What is known and what is new, of which the new rows are all later or all earlier.
fn joined() -> OnConflict {
    let known = |column: Column| Expr::col((Entity, column));
    let new = |column: Column| Expr::col(("excluded", column));
    let either = |is_new: Expr, column: Column| {
        CaseStatement::new().case(is_new, new(column)).finally(known(column))
    };
    let is_newer = || new(Column::Slot).gt(known(Column::Slot));
    let changed = new(Column::Status)
        .ne(known(Column::Status))
        .or(new(Column::Since).gt(new(Column::MeasuredSince)));
    let is_older = new(Column::MeasuredSince).lt(known(Column::MeasuredSince));
    let mut joined = OnConflict::columns([Column::RegionId, Column::ServiceId]);
    for column in NEWEST.into_iter().chain(EXPLAINED) {
        joined.value(column, either(is_newer(), column));
    }
    joined
        .value(Column::Since, either(is_newer().and(changed), Column::Since))
        .value(Column::MeasuredSince, either(is_older, Column::MeasuredSince))
        .to_owned()
}
