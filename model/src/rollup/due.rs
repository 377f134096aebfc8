//! The hours and days whose rollup does not know every measurement yet.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{ExprTrait, OnConflict},
};

use crate::{
    Error,
    selection::Scope,
    window::{Width, Window},
};

/// An hour or a day of a region that is due to be rolled up.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollup_due")]
pub struct Model {
    /// Hour or day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub width: Width,
    /// Its start.
    #[sea_orm(primary_key, auto_increment = false)]
    pub start: DateTimeUtc,
    /// The region, or that of the global services.
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_id: i16,
}

impl ActiveModelBehavior for ActiveModel {}

/// Marks what contains these times due, in the transaction that writes what is new in it.
///
/// Writes over a mark that is there instead of leaving it: so it waits for whoever is rolling
/// the same hour up just now without having seen the new rows, and marks it again after them.
pub(crate) async fn mark(
    connection: &impl ConnectionTrait,
    width: Width,
    times: impl IntoIterator<Item = (i16, DateTime<Utc>)>,
) -> Result<(), Error> {
    // In one order everywhere: two that mark crosswise would wait for each other.
    let due: BTreeSet<_> =
        times.into_iter().map(|(region, time)| (width.start_of(time), region)).collect();
    let rows = due.into_iter().map(|(start, region_id)| ActiveModel {
        width: Set(width),
        start: Set(start),
        region_id: Set(region_id),
    });
    let again = OnConflict::columns([Column::Width, Column::Start, Column::RegionId])
        .update_column(Column::Start)
        .to_owned();
    Entity::insert_many(rows).on_conflict(again).exec_without_returning(connection).await?;
    Ok(())
}

/// Takes marks of one start away, and answers the regions of those that were still there.
pub(crate) async fn claim(
    connection: &impl ConnectionTrait,
    (width, start): (Width, DateTime<Utc>),
    regions: BTreeSet<i16>,
) -> Result<BTreeSet<i16>, Error> {
    let of = |regions: BTreeSet<i16>| {
        let at = COLUMN.width.eq(width).and(COLUMN.start.eq(start));
        at.and(COLUMN.region_id.is_in(regions))
    };
    // Locked in the order in which they are marked: a plain deletion takes any.
    let claimed: Vec<i16> = Entity::find()
        .select_only()
        .column(Column::RegionId)
        .filter(of(regions))
        .order_by_asc(COLUMN.region_id)
        .lock_exclusive()
        .into_tuple()
        .all(connection)
        .await?;
    let claimed: BTreeSet<i16> = claimed.into_iter().collect();
    Entity::delete_many().filter(of(claimed.clone())).exec(connection).await?;
    Ok(claimed)
}

/// The first hours or days that are due and start before `before`, oldest first. Relies on the
/// primary key.
pub(crate) async fn next(
    connection: &impl ConnectionTrait,
    width: Width,
    before: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Model>, Error> {
    Ok(Entity::find()
        .filter(COLUMN.width.eq(width))
        .filter(COLUMN.start.lt(before))
        .order_by_asc(COLUMN.start)
        .order_by_asc(COLUMN.region_id)
        .limit(limit)
        .all(connection)
        .await?)
}

/// Whether any hour of the window is due in any region. Relies on the primary key.
pub(crate) async fn has_hour_in(
    connection: &impl ConnectionTrait,
    window: Window,
) -> Result<bool, Error> {
    let first = Entity::find()
        .filter(COLUMN.width.eq(Width::Hour))
        .filter(COLUMN.start.gte(window.from))
        .filter(COLUMN.start.lt(window.to))
        .limit(1)
        .one(connection)
        .await?;
    Ok(first.is_some())
}

/// The hours and the days that are due in any region of the question.
#[derive(Debug, Default)]
pub(crate) struct Due {
    pub(crate) hours: BTreeSet<DateTime<Utc>>,
    /// The days that are due, and those with an hour that is.
    pub(crate) days: BTreeSet<DateTime<Utc>>,
}

/// What is due of the days that the window touches. Relies on the primary key.
pub(crate) async fn within(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    window: Window,
) -> Result<Due, Error> {
    let rows: Vec<(Width, DateTime<Utc>)> = Entity::find()
        .select_only()
        .columns([Column::Width, Column::Start])
        .distinct()
        .filter(COLUMN.width.is_in([Width::Hour, Width::Day]))
        .filter(COLUMN.start.gte(Width::Day.start_of(window.from)))
        .filter(COLUMN.start.lt(window.to))
        .filter(COLUMN.region_id.is_in(scope.region_ids()))
        .into_tuple()
        .all(connection)
        .await?;
    let mut due = Due::default();
    for (width, start) in rows {
        due.days.insert(Width::Day.start_of(start));
        if width == Width::Hour {
            due.hours.insert(start);
        }
    }
    Ok(due)
}
