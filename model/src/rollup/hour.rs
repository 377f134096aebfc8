//! One hour of one service in one region: the status of each of its minutes, and the latencies.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    Condition, QuerySelect,
    entity::prelude::*,
    sea_query::{ExprTrait, OnConflict},
};

use super::{
    Latencies, Minutes, Stored,
    sums::{self, Columns},
};
use crate::{
    By, Counts, Error,
    selection::Scope,
    service,
    window::{Width, Window},
};

/// A rollup of an hour, as stored. The counts follow from the minutes; they are there to be summed
/// up in the database.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollup_hour")]
#[allow(missing_docs, reason = "the counts are those of `Counts`")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: DateTimeUtc,
    pub up: i16,
    pub degraded: i16,
    pub down: i16,
    pub unknown: i16,
    /// The status of each minute.
    pub minutes: Minutes,
    /// The histogram of the latencies.
    pub latencies: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What is known of one hour of one service in one region.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hour {
    pub(crate) minutes: Minutes,
    pub(crate) latencies: Latencies,
}

/// Region, service, and the start of the hour or day.
pub(crate) type Key = (i16, i16, DateTime<Utc>);

impl Model {
    fn key(&self) -> Key {
        (self.region_id, self.service_id, self.hour)
    }

    fn read(self) -> Result<Hour, Error> {
        Ok(Hour { latencies: Latencies::from_bytes(&self.latencies)?, minutes: self.minutes })
    }
}

/// The hours of the window, by service and region. Relies on the primary key.
pub(crate) async fn of(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    window: Window,
) -> Result<HashMap<Key, Hour>, Error> {
    let rows = Entity::find().filter(within(scope, &[window])).all(connection).await?;
    rows.into_iter().map(|row| Ok((row.key(), row.read()?))).collect()
}

/// As [`of`], without the latencies.
pub(crate) async fn minutes_of(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    windows: &[Window],
) -> Result<HashMap<Key, Minutes>, Error> {
    let rows: Vec<(i16, i16, DateTime<Utc>, Minutes)> = Entity::find()
        .select_only()
        .columns([Column::RegionId, Column::ServiceId, Column::Hour, Column::Minutes])
        .filter(within(scope, windows))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(region, service, hour, minutes)| ((region, service, hour), minutes))
        .collect())
}

/// The latencies of the hours of the windows. Relies on the primary key.
pub(crate) async fn latencies_of(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    windows: &[Window],
) -> Result<Vec<(Key, Stored)>, Error> {
    let rows: Vec<(i16, i16, DateTime<Utc>, Vec<u8>)> = Entity::find()
        .select_only()
        .columns([Column::RegionId, Column::ServiceId, Column::Hour, Column::Latencies])
        .filter(within(scope, windows))
        .into_tuple()
        .all(connection)
        .await?;
    let keyed =
        |(region, service, hour, bytes)| ((region, service, hour), Stored::Histogram(bytes));
    Ok(rows.into_iter().map(keyed).collect())
}

/// The counts of the hours of the windows, summed up by subject. Relies on the primary key.
pub(crate) async fn counts_of(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    windows: &[Window],
    by: By,
) -> Result<Vec<(Key, Counts)>, Error> {
    if windows.is_empty() {
        return Ok(Vec::new());
    }
    let columns = Columns {
        region: Column::RegionId,
        service: Column::ServiceId,
        start: Column::Hour,
        counts: [
            (Column::Up, "up"),
            (Column::Degraded, "degraded"),
            (Column::Down, "down"),
            (Column::Unknown, "unknown"),
        ],
    };
    sums::of(connection, Entity::find().filter(within(scope, windows)), columns, by).await
}

fn within(scope: &Scope, windows: &[Window]) -> Condition {
    let mut any = Condition::any();
    for window in windows {
        any = any.add(COLUMN.hour.gte(window.from).and(COLUMN.hour.lt(window.to)));
    }
    Condition::all()
        .add(COLUMN.region_id.is_in(scope.region_ids()))
        .add(COLUMN.service_id.is_in(scope.service_ids()))
        .add(any)
}

/// One hour of every service of these regions, by region and service.
pub(crate) async fn of_regions(
    connection: &impl ConnectionTrait,
    regions: &BTreeSet<i16>,
    hour: DateTime<Utc>,
) -> Result<HashMap<(i16, i16), Hour>, Error> {
    let hour = Window { from: hour, to: hour + Width::Hour.length() };
    Ok(of_regions_in(connection, regions, hour).await?.into_iter().collect())
}

/// Every hour of every service of these regions. Names the services, of which there are tens: the
/// primary key has them before the hour.
pub(crate) async fn of_regions_in(
    connection: &impl ConnectionTrait,
    regions: &BTreeSet<i16>,
    window: Window,
) -> Result<Vec<((i16, i16), Hour)>, Error> {
    let services: Vec<i16> = service::Entity::find()
        .select_only()
        .column(service::Column::Id)
        .into_tuple()
        .all(connection)
        .await?;
    let rows = Entity::find()
        .filter(COLUMN.region_id.is_in(regions.iter().copied()))
        .filter(COLUMN.service_id.is_in(services))
        .filter(COLUMN.hour.gte(window.from).and(COLUMN.hour.lt(window.to)))
        .all(connection)
        .await?;
    rows.into_iter().map(|row| Ok(((row.region_id, row.service_id), row.read()?))).collect()
}

/// 1,000 rows of nine values: SQLite takes 32,766 values in a statement.
const AT_ONCE: usize = 1_000;

/// Writes one hour, by region and service, over what is there.
pub(crate) async fn write(
    connection: &impl ConnectionTrait,
    hour: DateTime<Utc>,
    known: HashMap<(i16, i16), Hour>,
) -> Result<(), Error> {
    let rows = known.into_iter().map(|(pair, known)| row(hour, pair, known));
    let mut rows = rows.collect::<Result<Vec<_>, Error>>()?;
    while !rows.is_empty() {
        let some = rows.split_off(rows.len().saturating_sub(AT_ONCE));
        Entity::insert_many(some).on_conflict(over()).exec_without_returning(connection).await?;
    }
    Ok(())
}

fn row(
    hour: DateTime<Utc>,
    (region_id, service_id): (i16, i16),
    known: Hour,
) -> Result<ActiveModel, Error> {
    let counts = known.minutes.counts(0..60);
    // An hour has sixty minutes.
    let small = |count: i64| Set(i16::try_from(count).unwrap_or(i16::MAX));
    Ok(ActiveModel {
        region_id: Set(region_id),
        service_id: Set(service_id),
        hour: Set(hour),
        up: small(counts.up),
        degraded: small(counts.degraded),
        down: small(counts.down),
        unknown: small(counts.unknown),
        latencies: Set(known.latencies.to_bytes()?),
        minutes: Set(known.minutes),
    })
}

fn over() -> OnConflict {
    OnConflict::columns([Column::RegionId, Column::ServiceId, Column::Hour])
        .update_columns([
            Column::Up,
            Column::Degraded,
            Column::Down,
            Column::Unknown,
            Column::Minutes,
            Column::Latencies,
        ])
        .to_owned()
}
