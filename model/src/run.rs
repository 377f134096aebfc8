//! Runs: all probes, once, for one slot and region. A slot is claimed before it is probed,
//! so that two runners, or one trigger that comes twice, do the work once.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};

use crate::{Database, Error, region, round::Round};

/// A run, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run")]
pub struct Model {
    /// Key, used in every observation of the run.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The region that was judged.
    #[sea_orm(unique_key = "slot")]
    pub region_id: i16,
    /// The minute it belongs to.
    #[sea_orm(unique_key = "slot")]
    pub slot: DateTimeUtc,
    /// When its probes started.
    pub started_at: DateTimeUtc,
    /// Until when nobody else may take the slot.
    pub lease_until: DateTimeUtc,
    /// When its rows were written; absent while it runs, and for ever if its runner died.
    pub finished_at: Option<DateTimeUtc>,
    /// How long the probes took, in microseconds.
    pub duration_us: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What became of the wish to run a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The slot is the caller's until its lease ends.
    Granted,
    /// Another run of this slot is going on.
    InProgress,
    /// The slot has its rows.
    Done,
}

/// Claims `slot` of `region` until `now + lease`.
///
/// A slot whose runner died is free again when its lease has ended. Relies on the unique
/// index of region and slot; of callers at the same moment exactly one is granted the slot.
///
/// # Errors
/// [`Error::Database`].
pub async fn claim(
    database: &Database,
    region: &str,
    slot: DateTime<Utc>,
    now: DateTime<Utc>,
    lease: TimeDelta,
) -> Result<Claim, Error> {
    let transaction = database.begin_writing().await?;
    let region_id = region::ensure(&transaction, region).await?;
    let claim = claim_within(&transaction, region_id, slot, now, lease).await?;
    transaction.commit().await?;
    Ok(claim)
}

async fn claim_within(
    connection: &impl ConnectionTrait,
    region_id: i16,
    slot: DateTime<Utc>,
    now: DateTime<Utc>,
    lease: TimeDelta,
) -> Result<Claim, Error> {
    let new = ActiveModel {
        region_id: Set(region_id),
        slot: Set(slot),
        started_at: Set(now),
        lease_until: Set(now + lease),
        ..Default::default()
    };
    let unless_there =
        OnConflict::columns([Column::RegionId, Column::Slot]).do_nothing().to_owned();
    let inserted =
        Entity::insert(new).on_conflict(unless_there).exec_without_returning(connection).await?;
    if inserted == 1 {
        return Ok(Claim::Granted);
    }
    let taken_over = Entity::update_many()
        .set(ActiveModel {
            started_at: Set(now),
            lease_until: Set(now + lease),
            ..Default::default()
        })
        .filter(COLUMN.region_id.eq(region_id))
        .filter(COLUMN.slot.eq(slot))
        .filter(COLUMN.finished_at.is_null())
        .filter(COLUMN.lease_until.lt(now))
        .exec(connection)
        .await?;
    if taken_over.rows_affected == 1 {
        return Ok(Claim::Granted);
    }
    let run = find(connection, region_id, slot).await?;
    Ok(match run.and_then(|run| run.finished_at) {
        Some(_) => Claim::Done,
        None => Claim::InProgress,
    })
}

/// Marks the run as finished, claiming the slot on the way where nobody had.
///
/// Answers `None` when the slot has its rows already: of two runs, the first to finish counts.
pub(crate) async fn finish(
    connection: &impl ConnectionTrait,
    region_id: i16,
    round: &Round,
    now: DateTime<Utc>,
) -> Result<Option<i64>, Error> {
    claim_within(connection, region_id, round.slot, now, TimeDelta::zero()).await?;
    let finished = Entity::update_many()
        .set(ActiveModel {
            started_at: Set(round.started_at),
            finished_at: Set(Some(now)),
            duration_us: Set(Some(round.duration_us)),
            ..Default::default()
        })
        .filter(COLUMN.region_id.eq(region_id))
        .filter(COLUMN.slot.eq(round.slot))
        .filter(COLUMN.finished_at.is_null())
        .exec(connection)
        .await?;
    if finished.rows_affected == 0 {
        return Ok(None);
    }
    Ok(find(connection, region_id, round.slot).await?.map(|run| run.id))
}

async fn find(
    connection: &impl ConnectionTrait,
    region_id: i16,
    slot: DateTime<Utc>,
) -> Result<Option<Model>, Error> {
    Ok(Entity::find()
        .filter(COLUMN.region_id.eq(region_id))
        .filter(COLUMN.slot.eq(slot))
        .one(connection)
        .await?)
}
