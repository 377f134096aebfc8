//! What the tables of hours and of days have in common: how their rows are found, summed up in the
//! database, and written.

use chrono::{DateTime, Utc};
use sea_orm::{
    Condition, FromQueryResult, IntoActiveModel, Iterable, PrimaryKeyToColumn, QuerySelect,
    entity::prelude::*,
    sea_query::{ExprTrait, OnConflict},
};

use crate::{By, Counts, Error, database::ROWS_AT_ONCE, selection::Scope, window::Window};

/// Region, service, and the start of the hour or day.
pub(crate) type Key = (i16, i16, DateTime<Utc>);

const REGION: &str = "region_id";
const SERVICE: &str = "service_id";

#[derive(FromQueryResult)]
struct Sum {
    region_id: i16,
    service_id: i16,
    start: DateTime<Utc>,
    up: i64,
    degraded: i64,
    down: i64,
    unknown: i64,
}

impl Sum {
    fn read(self) -> (Key, Counts) {
        let Self { up, degraded, down, unknown, .. } = self;
        let counts = Counts { up, degraded, down, unknown, expected: 0 };
        ((self.region_id, self.service_id, self.start), counts)
    }
}

/// Those that the question is about and that start in one of the windows, of which there is one at
/// least. Relies on the primary key.
pub(super) fn within<C: ColumnTrait>(start: C, scope: &Scope, windows: &[Window]) -> Condition {
    let mut any = Condition::any();
    for window in windows {
        any = any.add(start.gte(window.from).and(start.lt(window.to)));
    }
    Condition::all()
        .add(Expr::col(REGION).is_in(scope.region_ids()))
        .add(Expr::col(SERVICE).is_in(scope.service_ids()))
        .add(any)
}

/// The counts of `rollups`, hour by hour or day by day, with those summed up that are about the
/// same subject: the key is that of any of them.
///
/// A question is about every service that it names in every region that it names, as far as there
/// is such a pair: what is summed up here has no row of a pair that it is not about.
pub(super) async fn sums<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    rollups: Select<E>,
    start: E::Column,
    by: By,
) -> Result<Vec<(Key, Counts)>, Error> {
    let mut sums = rollups.select_only().column_as(start, "start").group_by(start);
    for (name, tells_apart) in [(REGION, by != By::Service), (SERVICE, by != By::Region)] {
        let column = Expr::col(name);
        sums = match tells_apart {
            true => sums.expr_as(column.clone(), name).group_by(column),
            false => sums.expr_as(column.min(), name),
        };
    }
    for count in ["up", "degraded", "down", "unknown"] {
        sums = sums.expr_as(Expr::col(count).sum(), count);
    }
    let rows = sums.into_model::<Sum>().all(connection).await?;
    Ok(rows.into_iter().map(Sum::read).collect())
}

/// Writes rows, over those that are there.
pub(super) async fn write<M>(
    connection: &impl ConnectionTrait,
    mut rows: Vec<M>,
) -> Result<(), Error>
where
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
{
    while !rows.is_empty() {
        let some = rows.split_off(rows.len().saturating_sub(ROWS_AT_ONCE));
        M::Entity::insert_many(some.into_iter().map(IntoActiveModel::into_active_model))
            .on_conflict(over::<M::Entity>())
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}

fn over<E: EntityTrait>() -> OnConflict {
    let keys = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
    let values = E::Column::iter().filter(|column| E::PrimaryKey::from_column(*column).is_none());
    OnConflict::columns(keys).update_columns(values).to_owned()
}
