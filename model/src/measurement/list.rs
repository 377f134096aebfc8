//! Reading measurements back: filtered, newest first, a page at a time.

use chrono::{DateTime, Utc};
use sea_orm::{
    Condition, FromQueryResult, JoinType, QueryOrder, QuerySelect, RelationTrait,
    entity::prelude::*, sea_query::ExprTrait,
};

use super::{COLUMN, Entity};
use crate::{
    Cursor, Database, Error, Failure, Page, PageRequest, Selection, Status,
    cursor::plausible,
    region,
    selection::Scope,
    service::{self, Kind},
};

/// Which measurements are wanted; everything that is `None` is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this region, or of `global`.
    pub region: Option<String>,
    /// Of this service or application.
    pub service: Option<String>,
    /// With this status.
    pub status: Option<Status>,
    /// Of this slot or a later one.
    pub from: Option<DateTime<Utc>>,
    /// Of a slot before this one.
    pub to: Option<DateTime<Utc>>,
}

/// A measurement with its names.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Recorded {
    /// The slot.
    pub slot: DateTime<Utc>,
    /// The region, or `global`.
    pub region: String,
    /// The service or application.
    pub service: String,
    /// Which of the two it is.
    pub kind: Kind,
    /// How it stood.
    pub status: Status,
    /// How long its exchanges took, in microseconds; absent unless they succeeded.
    pub latency_us: Option<i32>,
    /// The failure that decided, when the status is not `up`.
    pub cause: Option<Failure>,
    region_id: i16,
    service_id: i16,
}

const LIST: &str = "measurements";

/// Which measurements fit `filter`? Newest slot first, then by region and service. Relies on
/// the primary key, and on the small index of what is not up when such a status is wanted.
///
/// # Errors
/// [`Error::UnknownRegion`] and [`Error::UnknownService`] for a filter that can fit nothing,
/// [`Error::Cursor`], [`Error::Database`].
pub async fn list(
    database: &Database,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<Recorded>, Error> {
    let mut condition = condition(database, filter).await?;
    if let Some(cursor) = &page.after {
        let (slot, region_id, service_id) = cursor.open(LIST)?;
        condition = condition.add(beyond((plausible(slot)?, region_id, service_id)));
    }
    let rows = named()
        .filter(condition)
        .order_by_desc(COLUMN.slot)
        .order_by_asc(COLUMN.region_id)
        .order_by_asc(COLUMN.service_id)
        .limit(page.limit + 1)
        .into_model::<Recorded>()
        .all(database)
        .await?;
    Page::cut(rows, page.limit, |last| {
        Cursor::after(LIST, (last.slot, last.region_id, last.service_id))
    })
}

/// Every measurement of these slots in these regions, by slot, region and service. Relies on the
/// primary key.
pub(crate) async fn of_slots(
    database: &Database,
    slots: impl IntoIterator<Item = DateTime<Utc>>,
    regions: impl IntoIterator<Item = &str>,
) -> Result<Vec<Recorded>, Error> {
    Ok(named()
        .filter(COLUMN.slot.is_in(slots))
        .filter(region::COLUMN.name.is_in(regions))
        .order_by_asc(COLUMN.slot)
        .order_by_asc(COLUMN.region_id)
        .order_by_asc(COLUMN.service_id)
        .into_model::<Recorded>()
        .all(database)
        .await?)
}

/// Measurements with the names that their keys stand for.
fn named() -> Select<Entity> {
    Entity::find()
        .join(JoinType::InnerJoin, super::Relation::Region.def())
        .join(JoinType::InnerJoin, super::Relation::Service.def())
        .column_as(region::Column::Name, "region")
        .column_as(service::Column::Name, "service")
        .column_as(service::Column::Kind, "kind")
}

async fn condition(database: &Database, filter: &Filter) -> Result<Condition, Error> {
    // Said twice, so that both databases see that the small index has them all.
    let not_up = filter.status.filter(|status| *status != Status::Up);
    let not_up = not_up.map(|_| Expr::cust(r#""measurement"."status" <> 0"#));
    let condition = Condition::all()
        .add_option(filter.status.map(|status| COLUMN.status.eq(status)))
        .add_option(not_up)
        .add_option(filter.from.map(|from| COLUMN.slot.gte(from)))
        .add_option(filter.to.map(|to| COLUMN.slot.lt(to)));
    if filter.region.is_none() && filter.service.is_none() {
        return Ok(condition);
    }
    let (region, service) = (filter.region.clone(), filter.service.clone());
    let scope = Scope::of(database, &Selection { region, service, ..Selection::default() }).await?;
    // The key is in the order of slots: nothing is looked for where these have nothing.
    Ok(condition
        .add(COLUMN.region_id.is_in(scope.region_ids()))
        .add(COLUMN.service_id.is_in(scope.service_ids()))
        .add_option(scope.measured_since().map(|since| COLUMN.slot.gte(since)))
        .add_option(scope.newest().map(|newest| COLUMN.slot.lte(newest))))
}

/// What comes after a place in the list's order.
fn beyond((slot, region_id, service_id): (DateTime<Utc>, i16, i16)) -> Condition {
    let later_in_slot = Condition::any()
        .add(COLUMN.slot.lt(slot))
        .add(COLUMN.region_id.gt(region_id))
        .add(COLUMN.region_id.eq(region_id).and(COLUMN.service_id.gt(service_id)));
    Condition::all().add(COLUMN.slot.lte(slot)).add(later_in_slot)
}
