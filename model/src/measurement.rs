//! Measurements: the judged rows `(timestamp, service, region, status, latency)`, one per slot,
//! region and service. Kept for years.

use std::{borrow::Cow, collections::BTreeSet};

use sea_orm::{
    FromQueryResult, IntoActiveModel, QueryOrder, QuerySelect, TryInsertResult, entity::prelude::*,
    sea_query::ExprTrait,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Explanation, Failure, Status, region, selection::Scope, service, window::Window,
};

pub(crate) mod bulk;
mod kept;
mod list;

pub use kept::are_kept;
pub(crate) use list::of_slots;
pub use list::{Filter, Recorded, list};

/// The judgement on one service or application in one slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// The service's name.
    pub service: Cow<'static, str>,
    /// Whether it is the provider's or ours.
    pub kind: service::Kind,
    /// A global service, such as IAM, is judged once a slot for all regions.
    pub global: bool,
    /// How it stands.
    pub status: Status,
    /// How long the exchanges took that the judgement rests on, in microseconds; absent unless
    /// they succeeded.
    pub latency_us: Option<i32>,
    /// The failure that decided, when the status is not `up`.
    pub cause: Option<Failure>,
    /// Why, in words, and how its parts stand; absent where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
}

/// A measurement, as stored: 20 bytes of values.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "measurement")]
#[expect(missing_docs, reason = "the columns are the fields of `Measurement`")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: DateTimeUtc,
    pub status: Status,
    pub latency_us: Option<i32>,
    pub cause: Option<Failure>,
    #[sea_orm(belongs_to, from = "region_id", to = "id")]
    pub region: BelongsTo<region::Entity>,
    #[sea_orm(belongs_to, from = "service_id", to = "id")]
    pub service: BelongsTo<service::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The row of a judgement.
    pub(crate) fn new(
        judged: &Measurement,
        slot: DateTimeUtc,
        region_id: i16,
        service_id: i16,
    ) -> Self {
        let Measurement { status, latency_us, cause, .. } = *judged;
        Self { region_id, service_id, slot, status, latency_us, cause }
    }
}

/// What a rollup is made of: a measurement without its cause.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Slot {
    pub(crate) region_id: i16,
    pub(crate) service_id: i16,
    pub(crate) slot: DateTimeUtc,
    pub(crate) status: Status,
    pub(crate) latency_us: Option<i32>,
}

/// Every measurement of the window that the question is about. Relies on the primary key.
pub(crate) async fn of(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    window: Window,
) -> Result<Vec<Slot>, Error> {
    let wanted = Entity::find()
        .filter(within(window))
        .filter(COLUMN.region_id.is_in(scope.region_ids()))
        .filter(COLUMN.service_id.is_in(scope.service_ids()));
    slots(connection, wanted).await
}

/// Every measurement of these regions in a window. Relies on the primary key.
pub(crate) async fn of_regions(
    connection: &impl ConnectionTrait,
    regions: &BTreeSet<i16>,
    window: Window,
) -> Result<Vec<Slot>, Error> {
    let in_regions = COLUMN.region_id.is_in(regions.iter().copied());
    slots(connection, Entity::find().filter(within(window)).filter(in_regions)).await
}

/// The regions that have measurements in a window. Relies on the primary key.
pub(crate) async fn regions_in(
    connection: &impl ConnectionTrait,
    window: Window,
) -> Result<Vec<i16>, Error> {
    let regions = Entity::find().select_only().column(Column::RegionId).distinct();
    Ok(regions.filter(within(window)).into_tuple().all(connection).await?)
}

async fn slots(
    connection: &impl ConnectionTrait,
    wanted: Select<Entity>,
) -> Result<Vec<Slot>, Error> {
    Ok(wanted
        .select_only()
        .columns([Column::RegionId, Column::ServiceId, Column::Slot])
        .columns([Column::Status, Column::LatencyUs])
        .into_model::<Slot>()
        .all(connection)
        .await?)
}

fn within(window: Window) -> Expr {
    COLUMN.slot.gte(window.from).and(COLUMN.slot.lt(window.to))
}

/// Writes the measurements of one slot, and answers those that are new. One that was there
/// stays: a global service may have been judged by another region's runner.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    rows: Vec<Model>,
) -> Result<Vec<Model>, Error> {
    // A round judges tens of services: far below the parameters that one statement takes.
    let written = Entity::insert_many(rows.into_iter().map(Model::into_active_model))
        .on_conflict_do_nothing()
        .exec_with_returning_many(connection)
        .await?;
    Ok(match written {
        TryInsertResult::Inserted(rows) => rows,
        TryInsertResult::Empty | TryInsertResult::Conflicted => Vec::new(),
    })
}

/// Deletes the oldest measurements that are older than `before`: a slot at a time, `limit` rows
/// or a few more. Relies on the primary key.
pub(crate) async fn delete_before(
    connection: &impl ConnectionTrait,
    before: DateTimeUtc,
    limit: u64,
) -> Result<u64, Error> {
    let last: Option<DateTimeUtc> = Entity::find()
        .select_only()
        .column(Column::Slot)
        .filter(COLUMN.slot.lt(before))
        .order_by_asc(COLUMN.slot)
        .offset(limit.saturating_sub(1))
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    let older = match last {
        Some(last) => COLUMN.slot.lte(last),
        None => COLUMN.slot.lt(before),
    };
    Ok(Entity::delete_many().filter(older).exec(connection).await?.rows_affected)
}
