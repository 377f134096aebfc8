//! Observations: what one attempt of one step saw. The evidence behind every measurement.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    Database, Error, Failure, Outcome, Phase,
    database::limited,
    partition::{self, Table},
    region, step,
};

mod list;

pub(crate) use list::{Evidence, evidence, with_names};
pub use list::{Filter, Recorded, list};

/// What one attempt of one step saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The probe: `voting_game`.
    pub probe: Cow<'static, str>,
    /// The step within the probe: `get_topic`.
    pub step: Cow<'static, str>,
    /// The services that the step needs.
    pub services: Vec<Cow<'static, str>>,
    /// 1 for the first attempt in its round.
    pub attempt: i16,
    /// When the attempt started, by the monitor's clock.
    pub started_at: DateTime<Utc>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed; absent unless it did.
    pub failure: Option<Failure>,
    /// The phase that it failed in; absent when it failed by what the answer says.
    pub phase: Option<Phase>,
    /// The HTTP status, when an answer came.
    pub http_status: Option<i16>,
    /// The provider's id of the request, which its support asks for.
    pub request_id: Option<String>,
    /// How long each phase took, as far as they were reached.
    pub phases: Phases,
    /// From the start to the last byte or to the failure, waiting between polls included,
    /// in microseconds; absent for a step that was skipped.
    pub total_us: Option<i32>,
    /// What a reader wants to know besides, in a few words.
    pub detail: Option<String>,
}

/// How long each phase of an exchange took, in microseconds. A phase that was not completed is
/// absent, and so is TLS on plain HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases {
    /// Finding the addresses of the name.
    pub resolve_us: Option<i32>,
    /// Opening the TCP connection.
    pub connect_us: Option<i32>,
    /// The TLS handshake.
    pub tls_us: Option<i32>,
    /// From the request's first byte to the answer's head.
    pub processing_us: Option<i32>,
    /// Reading the answer's body.
    pub transfer_us: Option<i32>,
}

/// An observation, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "observation")]
#[expect(missing_docs, reason = "the columns are the fields of `Observation`")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The run; absent for a probe that was run by itself.
    pub run_id: Option<i64>,
    pub region_id: i16,
    pub step_id: i16,
    pub attempt: i16,
    pub started_at: DateTimeUtc,
    pub outcome: Outcome,
    pub failure: Option<Failure>,
    pub phase: Option<Phase>,
    pub http_status: Option<i16>,
    pub resolve_us: Option<i32>,
    pub connect_us: Option<i32>,
    pub tls_us: Option<i32>,
    pub processing_us: Option<i32>,
    pub transfer_us: Option<i32>,
    pub total_us: Option<i32>,
    pub request_id: Option<String>,
    pub detail: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// 500 rows of 17 values: below the 32,766 parameters that one SQLite statement takes.
const ROWS_PER_INSERT: usize = 500;

/// Writes observations of a run, or of a probe that was run by itself.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    region_id: i16,
    run_id: Option<i64>,
    observations: &[Observation],
) -> Result<(), Error> {
    if observations.is_empty() {
        return Ok(());
    }
    let steps = step::ensure(connection, observations).await?;
    for part in observations.chunks(ROWS_PER_INSERT) {
        let rows = part.iter().map(|seen| row(seen, region_id, run_id, &steps));
        Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}

fn row(seen: &Observation, region_id: i16, run_id: Option<i64>, steps: &step::Keys) -> ActiveModel {
    ActiveModel {
        id: sea_orm::NotSet,
        run_id: Set(run_id),
        region_id: Set(region_id),
        step_id: Set(steps[&(seen.probe.to_string(), seen.step.to_string())]),
        attempt: Set(seen.attempt),
        started_at: Set(seen.started_at),
        outcome: Set(seen.outcome),
        failure: Set(seen.failure),
        phase: Set(seen.phase),
        http_status: Set(seen.http_status),
        resolve_us: Set(seen.phases.resolve_us),
        connect_us: Set(seen.phases.connect_us),
        tls_us: Set(seen.phases.tls_us),
        processing_us: Set(seen.phases.processing_us),
        transfer_us: Set(seen.phases.transfer_us),
        total_us: Set(seen.total_us),
        request_id: Set(seen.request_id.clone()),
        detail: Set(seen.detail.clone()),
    }
}

/// Records what a probe saw that was run by itself: evidence, but no measurement.
///
/// # Errors
/// [`Error::Database`].
pub async fn record(
    database: &Database,
    region: &str,
    observations: &[Observation],
) -> Result<(), Error> {
    limited(async {
        match write(database, region, observations).await {
            Err(error) if partition::is_missing(&error) => {
                let starts = observations.iter().map(|seen| seen.started_at);
                partition::ensure(database, Table::Observation, starts).await?;
                write(database, region, observations).await
            }
            recorded => recorded,
        }
    })
    .await
}

async fn write(
    database: &Database,
    region: &str,
    observations: &[Observation],
) -> Result<(), Error> {
    let transaction = database.begin_writing().await?;
    let region_id = region::ensure(&transaction, region).await?;
    insert(&transaction, region_id, None, observations).await?;
    Ok(transaction.commit().await?)
}

/// Deletes the oldest observations that are older than `before`, at most `limit`. Relies on the
/// index of their start.
pub(crate) async fn delete_before(
    connection: &impl ConnectionTrait,
    before: DateTimeUtc,
    limit: u64,
) -> Result<u64, Error> {
    let oldest: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(COLUMN.started_at.lt(before))
        .order_by_asc(COLUMN.started_at)
        .limit(limit)
        .into_tuple()
        .all(connection)
        .await?;
    let oldest = Entity::delete_many().filter(COLUMN.id.is_in(oldest));
    Ok(oldest.exec(connection).await?.rows_affected)
}
