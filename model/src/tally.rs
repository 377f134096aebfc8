//! Counts of up and down over the last day: what the first dashboard's two calls show.
//!
//! Here `degraded` counts as up and `unknown` is left out; global services count in every region.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    Condition, DbBackend, FromQueryResult, JoinType, QueryOrder, QuerySelect, RelationTrait,
    entity::prelude::*,
    sea_query::{CaseStatement, ExprTrait, Func, SimpleExpr},
};

use crate::{
    Database, Error, Status,
    measurement::{COLUMN, Column, Entity, Relation},
    region,
    service::{self, Kind},
};

/// The width of one bucket of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Sixty slots.
    Hour,
    /// One slot.
    Minute,
}

/// How often a service was up and down in one bucket.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Tally {
    /// The service or application.
    pub service: String,
    /// The bucket's start.
    pub start: DateTime<Utc>,
    /// Slots that were up or degraded.
    pub up: i64,
    /// Slots that were down.
    pub down: i64,
}

/// How often was each service of a region up and down, bucket by bucket, from `from` on? By
/// service, then ascending by time; a bucket without a judged slot is absent. Relies on the
/// primary key.
///
/// # Errors
/// [`Error::UnknownRegion`], [`Error::Database`].
pub async fn series(
    database: &Database,
    region: &str,
    bucket: Bucket,
    from: DateTime<Utc>,
    with_applications: bool,
) -> Result<Vec<Tally>, Error> {
    let region = region::named(database, region).await?;
    let regions = region::Entity::find()
        .select_only()
        .column(region::Column::Id)
        .filter(region::COLUMN.name.eq(region::GLOBAL).or(region::COLUMN.id.eq(region.id)));
    let kinds = (!with_applications).then(|| service::COLUMN.kind.eq(Kind::Service));
    let start = start_of(bucket, database.get_database_backend());
    Ok(Entity::find()
        .select_only()
        .column_as(service::Column::Name, "service")
        .column_as(start.clone(), "start")
        .column_as(count(&[Status::Up, Status::Degraded], None), "up")
        .column_as(count(&[Status::Down], None), "down")
        .join(JoinType::InnerJoin, Relation::Service.def())
        .filter(Column::RegionId.in_subquery(sea_orm::QueryTrait::into_query(regions)))
        .filter(COLUMN.slot.gte(from))
        .filter(COLUMN.status.ne(Status::Unknown))
        .filter(Condition::all().add_option(kinds))
        .group_by(service::COLUMN.name)
        .group_by(start.clone())
        .order_by_asc(service::COLUMN.name)
        .order_by_asc(start)
        .into_model::<Tally>()
        .all(database)
        .await?)
}

/// How often a service of a region was up and down, in the last hour and in the last day.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Recent {
    /// The region, or `global`.
    pub region: String,
    /// The service.
    pub service: String,
    /// Up or degraded in the last hour.
    pub hour_up: i64,
    /// Down in the last hour.
    pub hour_down: i64,
    /// Up or degraded in the last day.
    pub day_up: i64,
    /// Down in the last day.
    pub day_down: i64,
}

/// How often was each service, applications left out, up and down in the hour and in the day
/// before `now`? By region, then by service. Relies on the index of the slot.
///
/// # Errors
/// [`Error::Database`].
pub async fn recent(database: &Database, now: DateTime<Utc>) -> Result<Vec<Recent>, Error> {
    let good = [Status::Up, Status::Degraded];
    let hour = Some(now - TimeDelta::hours(1));
    Ok(Entity::find()
        .select_only()
        .column_as(region::Column::Name, "region")
        .column_as(service::Column::Name, "service")
        .column_as(count(&good, hour), "hour_up")
        .column_as(count(&[Status::Down], hour), "hour_down")
        .column_as(count(&good, None), "day_up")
        .column_as(count(&[Status::Down], None), "day_down")
        .join(JoinType::InnerJoin, Relation::Region.def())
        .join(JoinType::InnerJoin, Relation::Service.def())
        .filter(COLUMN.slot.gt(now - TimeDelta::hours(24)))
        .filter(service::COLUMN.kind.eq(Kind::Service))
        .group_by(region::COLUMN.name)
        .group_by(service::COLUMN.name)
        .order_by_asc(region::COLUMN.name)
        .order_by_asc(service::COLUMN.name)
        .into_model::<Recent>()
        .all(database)
        .await?)
}

/// Counts the rows with one of `statuses`, of those after `after` if it is given.
fn count(statuses: &[Status], after: Option<DateTime<Utc>>) -> SimpleExpr {
    let mut counted = COLUMN.status.is_in(statuses.iter().copied());
    if let Some(after) = after {
        counted = counted.and(COLUMN.slot.gt(after));
    }
    Func::sum(CaseStatement::new().case(counted, 1).finally(0)).into()
}

/// The start of the bucket that a slot belongs to.
fn start_of(bucket: Bucket, backend: DbBackend) -> SimpleExpr {
    match (bucket, backend) {
        (Bucket::Minute, _) => Expr::col((Entity, Column::Slot)),
        // SQLite keeps times as RFC 3339 text in UTC: the first 13 characters are the hour.
        (Bucket::Hour, DbBackend::Sqlite) => {
            Expr::cust(r#"substr("measurement"."slot", 1, 13) || ':00:00+00:00'"#)
        }
        (Bucket::Hour, _) => Expr::cust(r#"date_trunc('hour', "measurement"."slot", 'UTC')"#),
    }
}
