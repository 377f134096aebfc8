//! Writing measurements by the ten thousand.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveEnum, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    Statement, Value,
};

use super::{COLUMN, Column, Entity, Model, within};
use crate::{Error, Window};

/// Slot, region, service.
pub(crate) type Key = (DateTime<Utc>, i16, i16);

/// The measurements that these regions have in a window, by their keys. Relies on the primary
/// key.
pub(crate) async fn keys_in(
    connection: &impl ConnectionTrait,
    window: Window,
    regions: BTreeSet<i16>,
) -> Result<HashSet<Key>, Error> {
    let keys: Vec<Key> = Entity::find()
        .select_only()
        .columns([Column::Slot, Column::RegionId, Column::ServiceId])
        .filter(within(window))
        .filter(COLUMN.region_id.is_in(regions))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(keys.into_iter().collect())
}

/// Writes measurements that are not there. The index is densest when they come in the order of
/// its key.
///
/// # Errors
/// [`Error::Database`] when somebody else wrote one of them meanwhile. To leave that one out, as
/// `ON CONFLICT` does, would cost every row as much again as to write it.
pub(crate) async fn write(connection: &impl ConnectionTrait, rows: &[Model]) -> Result<(), Error> {
    if connection.get_database_backend() == DbBackend::Postgres {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, UNNEST, arrays(rows));
        connection.execute_raw(statement).await?;
        return Ok(());
    }
    for some in rows.chunks(AT_ONCE) {
        let some = some.iter().cloned().map(IntoActiveModel::into_active_model);
        Entity::insert_many(some).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// 5,000 rows of six values: SQLite takes 32,766 values in a statement.
const AT_ONCE: usize = 5_000;

/// A column is one parameter: as single values, 20,000 rows would be more parameters than a
/// statement takes, and take longer to parse than to write.
const UNNEST: &str = "INSERT INTO measurement
        (slot, latency_us, region_id, service_id, status, cause)
    SELECT slot, nullif(latency_us, -1), region_id, service_id, status, nullif(cause, -1)
    FROM unnest($1, $2, $3, $4, $5, $6)
        AS row (slot, latency_us, region_id, service_id, status, cause)";

fn arrays(rows: &[Model]) -> [Value; 6] {
    let slots: Vec<DateTime<Utc>> = rows.iter().map(|row| row.slot).collect();
    let latencies: Vec<i32> = rows.iter().map(|row| row.latency_us.unwrap_or(-1)).collect();
    let regions: Vec<i16> = rows.iter().map(|row| row.region_id).collect();
    let services: Vec<i16> = rows.iter().map(|row| row.service_id).collect();
    let statuses: Vec<i16> = rows.iter().map(|row| row.status.to_value()).collect();
    let causes: Vec<i16> =
        rows.iter().map(|row| row.cause.as_ref().map_or(-1, ActiveEnum::to_value)).collect();
    [
        slots.into(),
        latencies.into(),
        regions.into(),
        services.into(),
        statuses.into(),
        causes.into(),
    ]
}
