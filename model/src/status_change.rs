//! Changes of a service's status in a region, as they were recorded. Kept for ever: they are few.
//!
//! A round that comes late, after a newer one of its service, changes nothing here: nobody is told
//! today of what changed yesterday.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use sea_orm::{
    Condition, FromQueryResult, IntoActiveModel, JoinType, QueryOrder, QuerySelect, RelationTrait,
    entity::prelude::*, sea_query::ExprTrait,
};

use crate::{
    Cursor, Database, Error, Failure, Page, PageRequest, Status, current_status, region, service,
};

/// A change, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "status_change")]
#[expect(missing_docs, reason = "the columns are the fields of `Change`")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_id: i16,
    pub slot: DateTimeUtc,
    pub previous_status: Option<Status>,
    pub status: Status,
    pub latency_us: Option<i32>,
    pub cause: Option<Failure>,
    #[sea_orm(belongs_to, from = "region_id", to = "id")]
    pub region: BelongsTo<region::Entity>,
    #[sea_orm(belongs_to, from = "service_id", to = "id")]
    pub service: BelongsTo<service::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A change of a service's status in a region.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Change {
    /// The number of the round that brought it.
    pub sequence: i64,
    /// The slot since which the status is this one.
    pub slot: DateTime<Utc>,
    /// The region, or `global`.
    pub region: String,
    /// The service or application.
    pub service: String,
    /// Which of the two it is.
    pub kind: service::Kind,
    /// The status before; absent for the first measurement ever.
    pub previous_status: Option<Status>,
    /// The status from then on.
    pub status: Status,
    /// How long the exchanges took in that slot, in microseconds; absent unless they succeeded.
    pub latency_us: Option<i32>,
    /// The failure that decided, when the status is not `up`.
    pub cause: Option<Failure>,
    region_id: i16,
    service_id: i16,
}

/// Which changes are wanted; everything that is `None` is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this region, or of `global`.
    pub region: Option<String>,
    /// Of this service or application.
    pub service: Option<String>,
}

const LIST: &str = "status_changes";

/// Which changes fit `filter`? Newest first. Relies on the primary key, or on the index of region
/// and service.
///
/// # Errors
/// [`Error::UnknownRegion`], [`Error::UnknownService`], [`Error::Cursor`], [`Error::Database`].
pub async fn list(
    database: &Database,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<Change>, Error> {
    let mut wanted = changes().filter(fitting(database, filter).await?);
    if let Some(cursor) = &page.after {
        wanted = wanted.filter(beyond(cursor.open(LIST)?));
    }
    let rows = wanted
        .order_by_desc(COLUMN.sequence)
        .order_by_asc(COLUMN.region_id)
        .order_by_asc(COLUMN.service_id)
        .limit(page.limit + 1)
        .into_model::<Change>()
        .all(database)
        .await?;
    Page::cut(rows, page.limit, |last| {
        Cursor::after(LIST, (last.sequence, last.region_id, last.service_id))
    })
}

/// The latest slot of all changes that fit `filter`. It never goes back, as that of the newest
/// change does: regions report late. Relies on the index of slots, or on that of region and service.
///
/// # Errors
/// [`Error::UnknownRegion`], [`Error::UnknownService`], [`Error::Database`].
pub async fn latest_slot(
    database: &Database,
    filter: &Filter,
) -> Result<Option<DateTime<Utc>>, Error> {
    let latest = Entity::find().select_only().column_as(COLUMN.slot.max(), "slot");
    let latest = latest.filter(fitting(database, filter).await?);
    Ok(latest.into_tuple::<Option<DateTime<Utc>>>().one(database).await?.flatten())
}

async fn fitting(database: &Database, filter: &Filter) -> Result<Condition, Error> {
    let mut fitting = Condition::all();
    if let Some(name) = &filter.region {
        fitting = fitting.add(COLUMN.region_id.eq(region::named(database, name).await?.id));
    }
    if let Some(name) = &filter.service {
        fitting = fitting.add(COLUMN.service_id.eq(service::named(database, name).await?.id));
    }
    Ok(fitting)
}

/// What comes after a place in the list's order.
fn beyond((sequence, region_id, service_id): (i64, i16, i16)) -> Expr {
    let later_in_region = COLUMN.region_id.eq(region_id).and(COLUMN.service_id.gt(service_id));
    let later_in_round =
        COLUMN.sequence.eq(sequence).and(COLUMN.region_id.gt(region_id).or(later_in_region));
    COLUMN.sequence.lt(sequence).or(later_in_round)
}

/// The changes that the rounds with these numbers brought, in their order. Relies on the primary
/// key.
pub(crate) async fn numbered(
    database: &Database,
    sequences: RangeInclusive<i64>,
) -> Result<Vec<Change>, Error> {
    Ok(changes()
        .filter(COLUMN.sequence.between(*sequences.start(), *sequences.end()))
        .order_by_asc(COLUMN.sequence)
        .order_by_asc(COLUMN.region_id)
        .order_by_asc(COLUMN.service_id)
        .into_model::<Change>()
        .all(database)
        .await?)
}

fn changes() -> Select<Entity> {
    Entity::find()
        .join(JoinType::InnerJoin, Relation::Region.def())
        .join(JoinType::InnerJoin, Relation::Service.def())
        .column_as(region::Column::Name, "region")
        .column_as(service::Column::Name, "service")
        .column_as(service::Column::Kind, "kind")
}

/// Writes what the round with this number changed.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    sequence: i64,
    changed: &[current_status::Model],
) -> Result<(), Error> {
    if changed.is_empty() {
        return Ok(());
    }
    let rows = changed.iter().map(|row| Model::of(sequence, row).into_active_model());
    Entity::insert_many(rows).exec_without_returning(connection).await?;
    Ok(())
}

impl Model {
    fn of(sequence: i64, row: &current_status::Model) -> Self {
        Self {
            sequence,
            region_id: row.region_id,
            service_id: row.service_id,
            slot: row.slot,
            previous_status: row.previous_status,
            status: row.status,
            latency_us: row.latency_us,
            cause: row.cause,
        }
    }
}
