//! Working `since` out anew, after much was written that is older than the newest.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::{ActiveModel, Entity, Model};
use crate::{Database, Error, database, measurement};

/// Works out for every pair of service and region since when it stands as it does. Takes some
/// milliseconds a pair, and longer the longer its status stayed the same.
///
/// # Errors
/// [`Error::Database`].
pub async fn settle(database: &Database) -> Result<(), Error> {
    for pair in Entity::find().all(database).await? {
        let transaction = database.begin_writing().await?;
        database::without_limit(&transaction).await?;
        let key = (pair.region_id, pair.service_id);
        // Read again and locked: the next round may be just arriving.
        let current = Entity::find_by_id(key).lock_exclusive().one(&transaction).await?;
        if let Some(current) = current {
            let since = since(&transaction, &current).await?;
            if since != current.since {
                set_since(&transaction, key, since).await?;
            }
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// The first slot after the last one that had another status. Without such a one it is the oldest
/// that there is, unless retention took what was older.
pub(super) async fn since(
    connection: &impl ConnectionTrait,
    current: &Model,
) -> Result<DateTime<Utc>, Error> {
    use measurement::COLUMN;
    let others = measurements_of(current)
        .filter(COLUMN.slot.lt(current.slot))
        .filter(COLUMN.status.ne(current.status));
    if let Some(other) = first(connection, others, Order::Desc).await? {
        let after = measurements_of(current).filter(COLUMN.slot.gt(other));
        return Ok(first(connection, after, Order::Asc).await?.unwrap_or(current.slot));
    }
    let all = measurements_of(current).filter(COLUMN.slot.gte(current.measured_since));
    let oldest = first(connection, all, Order::Asc).await?;
    Ok(oldest.map_or(current.since, |oldest| oldest.min(current.since)))
}

fn measurements_of(current: &Model) -> Select<measurement::Entity> {
    use measurement::COLUMN;
    measurement::Entity::find()
        .filter(COLUMN.region_id.eq(current.region_id))
        .filter(COLUMN.service_id.eq(current.service_id))
}

/// The first or the last slot. Relies on the primary key or, for what is not up, on its index.
async fn first(
    connection: &impl ConnectionTrait,
    rows: Select<measurement::Entity>,
    order: Order,
) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(rows
        .select_only()
        .column(measurement::Column::Slot)
        .order_by(measurement::COLUMN.slot, order)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?)
}

async fn set_since(
    connection: &impl ConnectionTrait,
    (region_id, service_id): (i16, i16),
    since: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update(ActiveModel {
        region_id: Unchanged(region_id),
        service_id: Unchanged(service_id),
        since: Set(since),
        ..Default::default()
    })
    .exec(connection)
    .await?;
    Ok(())
}
