//! One day, midnight to midnight UTC, of one service in one region.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{QuerySelect, entity::prelude::*};

use super::{
    Latencies, Stored,
    hour::Hour,
    rows::{self, Key},
};
use crate::{By, Counts, Error, selection::Scope, window::Window};

/// A rollup of a day, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollup_day")]
#[expect(missing_docs, reason = "the counts are those of `Counts`")]
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
    rows::sums(connection, within(scope, window), Column::Day, by).await
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
    Entity::find().filter(rows::within(Column::Day, scope, &[window]))
}

/// Writes one day, by region and service, over what is there.
pub(crate) async fn write(
    connection: &impl ConnectionTrait,
    day: DateTime<Utc>,
    known: HashMap<(i16, i16), Day>,
) -> Result<(), Error> {
    let rows = known.into_iter().map(|(pair, known)| Model::of(day, pair, &known));
    rows::write(connection, rows.collect::<Result<_, _>>()?).await
}

impl Model {
    fn of(
        day: DateTime<Utc>,
        (region_id, service_id): (i16, i16),
        known: &Day,
    ) -> Result<Self, Error> {
        let Counts { up, degraded, down, unknown, .. } = known.counts;
        // A day has 1,440 minutes.
        let small = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        Ok(Self {
            region_id,
            service_id,
            day,
            up: small(up),
            degraded: small(degraded),
            down: small(down),
            unknown: small(unknown),
            latencies: known.latencies.to_bytes()?,
        })
    }
}
