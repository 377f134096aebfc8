//! Measurements: the judged rows `(timestamp, service, region, status, latency)`, one per slot,
//! region and service. Kept for years.

use std::borrow::Cow;

use sea_orm::{IntoActiveModel, TryInsertResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{Error, Failure, Status, region, service};

mod list;

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
}

/// A measurement, as stored: 20 bytes of values.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "measurement")]
#[allow(missing_docs, reason = "the columns are the fields of `Measurement`")]
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
