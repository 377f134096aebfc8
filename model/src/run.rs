//! Runs: all probes, once, for one slot and region. A slot is claimed before it is probed,
//! so that two runners, or one trigger that comes twice, do the work once.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set,
    QueryOrder, QuerySelect, QueryTrait,
    entity::prelude::*,
    sea_query::{ExprTrait, OnConflict},
};

use crate::{Database, Error, database::limited, observation, region, round::Round};

mod list;

pub use list::{Filter, Recorded, State, list, named};

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
    /// Its number in the order of recording; absent while it runs.
    #[sea_orm(unique)]
    pub sequence: Option<i64>,
    /// The region's row.
    #[sea_orm(belongs_to, from = "region_id", to = "id")]
    pub region: BelongsTo<region::Entity>,
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

/// For how long a slot is the caller's, and nobody else's.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// The moment of the claim.
    pub from: DateTime<Utc>,
    /// How long the run may take.
    pub length: TimeDelta,
}

/// Claims `slot` of `region`.
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
    lease: Lease,
) -> Result<Claim, Error> {
    limited(async {
        let transaction = database.begin_writing().await?;
        let region_id = region::ensure(&transaction, region).await?;
        let new = ActiveModel {
            region_id: Set(region_id),
            slot: Set(slot),
            started_at: Set(lease.from),
            lease_until: Set(lease.from + lease.length),
            ..Default::default()
        };
        let claim = match upsert(&transaction, new, abandoned_by(lease.from)).await? {
            Some(_) => Claim::Granted,
            None => state(&transaction, region_id, slot).await?,
        };
        transaction.commit().await?;
        Ok(claim)
    })
    .await
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
    let new = ActiveModel {
        region_id: Set(region_id),
        slot: Set(round.slot),
        started_at: Set(round.started_at),
        lease_until: Set(now),
        finished_at: Set(Some(now)),
        duration_us: Set(Some(round.duration_us)),
        ..Default::default()
    };
    upsert(connection, new, COLUMN.finished_at.is_null()).await
}

/// A run that is unfinished although its lease has ended.
fn abandoned_by(now: DateTime<Utc>) -> Expr {
    COLUMN.finished_at.is_null().and(COLUMN.lease_until.lt(now))
}

/// Writes `new` where its slot is free, or over the run there if it is like `over`. Answers the
/// key of what was written. One statement: nothing can come between the look and the write.
async fn upsert(
    connection: &impl ConnectionTrait,
    new: ActiveModel,
    over: Expr,
) -> Result<Option<i64>, Error> {
    let unless_taken = OnConflict::columns([Column::RegionId, Column::Slot])
        .update_columns([
            Column::StartedAt,
            Column::LeaseUntil,
            Column::FinishedAt,
            Column::DurationUs,
        ])
        .action_and_where(over)
        .to_owned();
    let written = Entity::insert_many([new])
        .on_conflict(unless_taken)
        .exec_with_returning_keys(connection)
        .await?;
    Ok(written.first().copied())
}

/// What became of a slot that another run has.
async fn state(
    connection: &impl ConnectionTrait,
    region_id: i16,
    slot: DateTime<Utc>,
) -> Result<Claim, Error> {
    let run = Entity::find()
        .filter(COLUMN.region_id.eq(region_id))
        .filter(COLUMN.slot.eq(slot))
        .one(connection)
        .await?;
    Ok(match run.and_then(|run| run.finished_at) {
        Some(_) => Claim::Done,
        None => Claim::InProgress,
    })
}

/// Deletes runs whose slot is before `before` and of which no observation is left, at most
/// `limit` of each region. Relies on the unique index of region and slot.
pub(crate) async fn delete_before(
    database: &Database,
    before: DateTime<Utc>,
    limit: u64,
) -> Result<u64, Error> {
    let mut deleted = 0;
    for region in region::all(database).await? {
        let observed = observation::Entity::find().select_only().expr(Expr::val(1)).filter(
            Expr::col((observation::Entity, observation::Column::RunId))
                .equals((Entity, Column::Id)),
        );
        let oldest: Vec<i64> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(COLUMN.region_id.eq(region.id))
            .filter(COLUMN.slot.lt(before))
            .filter(Expr::exists(observed.into_query()).not())
            .order_by_asc(COLUMN.slot)
            .limit(limit)
            .into_tuple()
            .all(database)
            .await?;
        let oldest = Entity::delete_many().filter(COLUMN.id.is_in(oldest));
        deleted += oldest.exec(database).await?.rows_affected;
    }
    Ok(deleted)
}
