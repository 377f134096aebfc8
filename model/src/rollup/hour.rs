//! One hour of one service in one region: the status of each of its minutes, and the latencies.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::{QuerySelect, entity::prelude::*};

use super::{
    Latencies, Minutes, Stored,
    rows::{self, Key},
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
#[expect(missing_docs, reason = "the counts are those of `Counts`")]
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

impl Model {
    fn of(
        hour: DateTime<Utc>,
        (region_id, service_id): (i16, i16),
        known: Hour,
    ) -> Result<Self, Error> {
        let Counts { up, degraded, down, unknown, .. } = known.minutes.counts(0..60);
        // An hour has sixty minutes.
        let small = |count: i64| i16::try_from(count).unwrap_or(i16::MAX);
        Ok(Self {
            region_id,
            service_id,
            hour,
            up: small(up),
            degraded: small(degraded),
            down: small(down),
            unknown: small(unknown),
            latencies: known.latencies.to_bytes()?,
            minutes: known.minutes,
        })
    }

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
    let rows = within(scope, &[window]).all(connection).await?;
    rows.into_iter().map(|row| Ok((row.key(), row.read()?))).collect()
}

/// As [`of`], without the latencies.
pub(crate) async fn minutes_of(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    windows: &[Window],
) -> Result<HashMap<Key, Minutes>, Error> {
    if windows.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i16, i16, DateTime<Utc>, Minutes)> = within(scope, windows)
        .select_only()
        .columns([Column::RegionId, Column::ServiceId, Column::Hour, Column::Minutes])
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
    if windows.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(i16, i16, DateTime<Utc>, Vec<u8>)> = within(scope, windows)
        .select_only()
        .columns([Column::RegionId, Column::ServiceId, Column::Hour, Column::Latencies])
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
    rows::sums(connection, within(scope, windows), Column::Hour, by).await
}

fn within(scope: &Scope, windows: &[Window]) -> Select<Entity> {
    Entity::find().filter(rows::within(Column::Hour, scope, windows))
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
        .filter(COLUMN.hour.gte(window.from))
        .filter(COLUMN.hour.lt(window.to))
        .all(connection)
        .await?;
    rows.into_iter().map(|row| Ok(((row.region_id, row.service_id), row.read()?))).collect()
}

/// Writes one hour, by region and service, over what is there.
pub(crate) async fn write(
    connection: &impl ConnectionTrait,
    hour: DateTime<Utc>,
    known: HashMap<(i16, i16), Hour>,
) -> Result<(), Error> {
    let rows = known.into_iter().map(|(pair, known)| Model::of(hour, pair, known));
    rows::write(connection, rows.collect::<Result<_, _>>()?).await
}
