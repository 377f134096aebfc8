//! One day, midnight to midnight UTC, of one service in one region.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    QuerySelect,
    entity::prelude::*,
    sea_query::{ExprTrait, OnConflict},
};

use super::{
    Latencies, Stored,
    hour::{Hour, Key},
    sums::{self, Columns},
};
use crate::{By, Counts, Error, selection::Scope, window::Window};

/// A rollup of a day, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollup_day")]
#[allow(missing_docs, reason = "the counts are those of `Counts`")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: DateTimeUtc,
    pub up: i32,
    pub degraded: i32,
    pub down: i32,
    pub unknown: i32,
    /// The histogram of the latencies.
    pub latencies: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What is known of one day of one service in one region.
#[derive(Clone, Debug, Default)]
pub(crate) struct Day {
    counts: Counts,
    latencies: Latencies,
}

impl Day {
    pub(crate) fn add(&mut self, hour: Hour) -> Result<(), Error> {
        self.counts += hour.minutes.counts(0..60);
        self.latencies.merge(hour.latencies)
    }
}

/// The counts of the days of the window, summed up by subject. Relies on the index of days with
/// their counts.
pub(crate) async fn counts_of(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    window: Window,
    by: By,
) -> Result<Vec<(Key, Counts)>, Error> {
    let columns = Columns {
        region: Column::RegionId,
        service: Column::ServiceId,
        start: Column::Day,
        counts: [
            (Column::Up, "up"),
            (Column::Degraded, "degraded"),
            (Column::Down, "down"),
            (Column::Unknown, "unknown"),
        ],
    };
    sums::of(connection, within(scope, window), columns, by).await
}

/// The latencies of the days of the window. Relies on the primary key.
pub(crate) async fn latencies_of(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    window: Window,
) -> Result<Vec<(Key, Stored)>, Error> {
    let rows: Vec<(i16, i16, DateTime<Utc>, Vec<u8>)> = within(scope, window)
        .select_only()
        .columns([Column::RegionId, Column::ServiceId, Column::Day, Column::Latencies])
        .into_tuple()
        .all(connection)
        .await?;
    let keyed = |(region, service, day, bytes)| ((region, service, day), Stored::Histogram(bytes));
    Ok(rows.into_iter().map(keyed).collect())
}

fn within(scope: &Scope, window: Window) -> Select<Entity> {
    Entity::find()
        .filter(COLUMN.region_id.is_in(scope.region_ids()))
        .filter(COLUMN.service_id.is_in(scope.service_ids()))
        .filter(COLUMN.day.gte(window.from).and(COLUMN.day.lt(window.to)))
}

/// 1,000 rows of eight values: SQLite takes 32,766 values in a statement.
const AT_ONCE: usize = 1_000;

/// Writes one day, by region and service, over what is there.
pub(crate) async fn write(
    connection: &impl ConnectionTrait,
    day: DateTime<Utc>,
    known: HashMap<(i16, i16), Day>,
) -> Result<(), Error> {
    let rows = known.into_iter().map(|(pair, known)| row(day, pair, known));
    let mut rows = rows.collect::<Result<Vec<_>, Error>>()?;
    while !rows.is_empty() {
        let some = rows.split_off(rows.len().saturating_sub(AT_ONCE));
        Entity::insert_many(some).on_conflict(over()).exec_without_returning(connection).await?;
    }
    Ok(())
}

fn row(
    day: DateTime<Utc>,
    (region_id, service_id): (i16, i16),
    known: Day,
) -> Result<ActiveModel, Error> {
    // A day has 1,440 minutes.
    let small = |count: i64| Set(i32::try_from(count).unwrap_or(i32::MAX));
    Ok(ActiveModel {
        region_id: Set(region_id),
        service_id: Set(service_id),
        day: Set(day),
        up: small(known.counts.up),
        degraded: small(known.counts.degraded),
        down: small(known.counts.down),
        unknown: small(known.counts.unknown),
        latencies: Set(known.latencies.to_bytes()?),
    })
}

fn over() -> OnConflict {
    OnConflict::columns([Column::RegionId, Column::ServiceId, Column::Day])
        .update_columns([
            Column::Up,
            Column::Degraded,
            Column::Down,
            Column::Unknown,
            Column::Latencies,
        ])
        .to_owned()
}
