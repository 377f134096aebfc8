//! How each service stands now, and since when: one row per region and service, kept by
//! [`crate::round::record`], so that the most asked question reads tens of rows.

use chrono::{DateTime, Utc};
use sea_orm::{
    FromQueryResult, IntoActiveModel, JoinType, QueryOrder, QuerySelect, RelationTrait,
    entity::prelude::*,
    sea_query::{CaseStatement, ExprTrait, OnConflict},
};

use crate::{Database, Error, Failure, Status, measurement, region, service};

pub(crate) mod bulk;
mod settling;

pub use settling::settle;

/// The newest measurement of a service in a region, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "current_status")]
#[expect(missing_docs, reason = "the columns are the fields of `Current`")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_id: i16,
    pub slot: DateTimeUtc,
    pub since: DateTimeUtc,
    /// The first slot that was ever measured.
    pub measured_since: DateTimeUtc,
    pub status: Status,
    /// What the newest change, as it was recorded, changed from; absent before the first one.
    pub previous_status: Option<Status>,
    pub latency_us: Option<i32>,
    pub cause: Option<Failure>,
    #[sea_orm(belongs_to, from = "region_id", to = "id")]
    pub region: BelongsTo<region::Entity>,
    #[sea_orm(belongs_to, from = "service_id", to = "id")]
    pub service: BelongsTo<service::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// How a service stands in a region.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Current {
    /// The region, or `global`.
    pub region: String,
    /// The service or application.
    pub service: String,
    /// Which of the two it is.
    pub kind: service::Kind,
    /// The status in the newest slot.
    pub status: Status,
    /// The first slot of the unbroken row of slots with this status.
    pub since: DateTime<Utc>,
    /// The newest slot that was measured.
    pub slot: DateTime<Utc>,
    /// How long its exchanges took, in microseconds; absent unless they succeeded.
    pub latency_us: Option<i32>,
    /// The failure that decided, when the status is not `up`.
    pub cause: Option<Failure>,
}

/// How does every service stand? By region, services before applications, then by name.
/// Reads the whole table, which is as long as there are pairs of region and service.
///
/// # Errors
/// [`Error::Database`].
pub async fn all(database: &Database) -> Result<Vec<Current>, Error> {
    Ok(Entity::find()
        .join(JoinType::InnerJoin, Relation::Region.def())
        .join(JoinType::InnerJoin, Relation::Service.def())
        .column_as(region::Column::Name, "region")
        .column_as(service::Column::Name, "service")
        .column_as(service::Column::Kind, "kind")
        .order_by_asc(region::COLUMN.name)
        .order_by_asc(service::COLUMN.kind)
        .order_by_asc(service::COLUMN.name)
        .into_model::<Current>()
        .all(database)
        .await?)
}

/// Brings the table up to date with the measurements of one slot, which were just written.
/// Answers the rows whose status is another one now, or the first one.
///
/// One statement compares and writes, so that no other runner's row can come between.
pub(crate) async fn update(
    connection: &impl ConnectionTrait,
    measured: &[measurement::Model],
) -> Result<Vec<Model>, Error> {
    let rows = measured.iter().map(|row| Model::of(row).into_active_model());
    let mut newest =
        Entity::insert_many(rows).on_conflict(newer_wins()).exec_with_returning(connection).await?;
    for late in measured {
        let key = (late.region_id, late.service_id);
        if !newest.iter().any(|row| (row.region_id, row.service_id) == key) {
            settle_late(connection, late).await?;
        }
    }
    newest.retain(|row| row.since == row.slot);
    Ok(newest)
}

impl Model {
    fn of(row: &measurement::Model) -> Self {
        let measurement::Model { region_id, service_id, slot, status, latency_us, cause } = *row;
        let (since, measured_since, previous_status) = (slot, slot, None);
        Self {
            region_id,
            service_id,
            slot,
            since,
            measured_since,
            status,
            previous_status,
            latency_us,
            cause,
        }
    }
}

/// The newest slot wins; a status that stays the same keeps its `since`.
fn newer_wins() -> OnConflict {
    let old = |column: Column| Expr::col((Entity, column));
    let new = |column: Column| Expr::col(("excluded", column));
    let is_same = || old(Column::Status).eq(new(Column::Status));
    let since = CaseStatement::new().case(is_same(), old(Column::Since)).finally(new(Column::Slot));
    let previous = CaseStatement::new()
        .case(is_same(), old(Column::PreviousStatus))
        .finally(old(Column::Status));
    OnConflict::columns([Column::RegionId, Column::ServiceId])
        .value(Column::Since, since)
        .value(Column::PreviousStatus, previous)
        .update_columns([Column::Slot, Column::Status, Column::LatencyUs, Column::Cause])
        .action_and_where(new(Column::Slot).gt(old(Column::Slot)))
        .to_owned()
}

/// Corrects `since` and `measured_since` for a measurement that came after newer ones: out of a
/// journal, for example. What was announced meanwhile stays as it was said.
async fn settle_late(
    connection: &impl ConnectionTrait,
    late: &measurement::Model,
) -> Result<(), Error> {
    let key = (late.region_id, late.service_id);
    let Some(current) = Entity::find_by_id(key).one(connection).await? else { return Ok(()) };
    let measured_since = Some(late.slot).filter(|slot| *slot < current.measured_since);
    let since = if late.status != current.status && late.slot >= current.since {
        first_after(connection, late, None).await?
    } else if late.status == current.status && late.slot < current.since {
        let between = first_after(connection, late, Some(current.status)).await?;
        between.filter(|slot| *slot < current.since).is_none().then_some(late.slot)
    } else {
        None
    };
    if since.or(measured_since).is_some() {
        Entity::update(ActiveModel {
            region_id: sea_orm::Unchanged(current.region_id),
            service_id: sea_orm::Unchanged(current.service_id),
            since: since.map_or(sea_orm::NotSet, sea_orm::Set),
            measured_since: measured_since.map_or(sea_orm::NotSet, sea_orm::Set),
            ..Default::default()
        })
        .exec(connection)
        .await?;
    }
    Ok(())
}

/// The first slot after `row`, of the same service and region, with another status than
/// `other_than`. Relies on the primary key, which it reads from the late slot on.
async fn first_after(
    connection: &impl ConnectionTrait,
    row: &measurement::Model,
    other_than: Option<Status>,
) -> Result<Option<DateTime<Utc>>, Error> {
    use measurement::COLUMN;
    Ok(measurement::Entity::find()
        .select_only()
        .column(measurement::Column::Slot)
        .filter(COLUMN.region_id.eq(row.region_id))
        .filter(COLUMN.service_id.eq(row.service_id))
        .filter(COLUMN.slot.gt(row.slot))
        .filter(sea_orm::Condition::all().add_option(other_than.map(|s| COLUMN.status.ne(s))))
        .order_by_asc(COLUMN.slot)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?)
}
