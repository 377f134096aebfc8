//! Taking the history of another system over, batch by batch: each a transaction that writes
//! measurements together with how far the import has come. Cut off anywhere, it goes on behind
//! the last batch that was written.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, DbBackend, IntoActiveModel, entity::prelude::*};

use crate::{
    Database, Error, Status, current_status, database, measurement,
    partition::{self, Table},
    service::Kind,
};

mod rows;

use rows::Rows;
pub(crate) use rows::keys;

/// How far the history of one source was taken over, as stored.
///
/// Each of the source's rows that were read is folded into a measurement of ours, or belongs to
/// one that was there, or was skipped.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import")]
pub struct Model {
    /// The source, without its password.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    /// The first slot that was not taken over yet.
    pub next_slot: DateTimeUtc,
    /// Rows of the source that were folded into measurements.
    pub folded: i64,
    /// Rows of the source whose measurement was there.
    pub there: i64,
    /// Rows of the source that mean nothing.
    pub skipped: i64,
    /// Measurements that were made of them.
    pub measurements: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The start of an import, of everything from `next_slot` on.
    pub fn new(source: String, next_slot: DateTime<Utc>) -> Self {
        Self { source, next_slot, folded: 0, there: 0, skipped: 0, measurements: 0 }
    }

    fn with(&self, batch: &Batch, rows: &Rows) -> Self {
        Self {
            source: self.source.clone(),
            next_slot: batch.next_slot,
            folded: self.folded + rows.folded,
            there: self.there + rows.there,
            skipped: self.skipped + batch.skipped,
            measurements: self.measurements + i64::try_from(rows.new.len()).unwrap_or(i64::MAX),
        }
    }

    /// Rows of the source that were read.
    pub fn read(&self) -> i64 {
        self.folded + self.there + self.skipped
    }
}

/// What a measurement is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The region, or [`crate::region::GLOBAL`].
    pub region: String,
    /// The service or application.
    pub service: String,
    /// Which of the two it is, if it is new to us.
    pub kind: Kind,
}

/// A measurement that was made of the source's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its minute.
    pub slot: DateTime<Utc>,
    /// Where its subject stands among those of the batch.
    pub subject: usize,
    /// What it says.
    pub status: Status,
    /// How long it took, in microseconds.
    pub latency_us: Option<i32>,
    /// Of how many rows it was made.
    pub made_of: i64,
}

/// All that the source has before a slot and was not taken over yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// What the rows are about.
    pub subjects: Vec<Subject>,
    /// In any order.
    pub rows: Vec<Row>,
    /// Rows of the source that mean nothing.
    pub skipped: i64,
    /// The first slot behind it.
    pub next_slot: DateTime<Utc>,
}

/// How far did an import from `source` come?
///
/// # Errors
/// [`Error::Database`].
pub async fn progress(database: &Database, source: &str) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id(source).one(database).await?)
}

/// Begins an import, in place of an earlier one from the same source: what that wrote stays, and
/// will be found there.
///
/// # Errors
/// [`Error::Database`].
pub async fn begin(database: &Database, progress: &Model) -> Result<(), Error> {
    Entity::delete_by_id(progress.source.as_str()).exec(database).await?;
    Entity::insert(progress.clone().into_active_model()).exec_without_returning(database).await?;
    Ok(())
}

/// 5: a month that retention drops, or a round that gives way to us, does it once.
const ATTEMPTS: usize = 5;

/// Whether others write measurements while a batch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    /// They do; who writes one of the batch's beats it.
    Write,
    /// They wait for the batch: some tenths of a second.
    Wait,
}

/// Takes a batch over, and answers how far the import has come with it.
///
/// A measurement that is there stays as it is. The hours become due, the months are made, and how
/// things stand now is brought up to date, apart from what [`current_status::settle`] does.
///
/// # Errors
/// [`Error::ImportedElsewhere`], [`Error::Database`]; then nothing was written.
pub async fn take(database: &Database, before: &Model, batch: &Batch) -> Result<Model, Error> {
    let slots = batch.rows.iter().map(|row| row.slot);
    let (mut attempts, mut others) = (0, Others::Write);
    loop {
        partition::ensure(database, Table::Measurement, slots.clone()).await?;
        let taken = take_whole(database, before, (batch, others)).await;
        attempts += 1;
        match taken {
            Err(error) if attempts < ATTEMPTS && is_beaten(&error) => others = Others::Wait,
            Err(error) if attempts < ATTEMPTS && partition::is_missing(&error) => {}
            taken => return taken,
        }
    }
}

/// Whether a round was being recorded at the same moment, and was faster: it wrote one of the
/// measurements, or waited for us while we waited for it.
fn is_beaten(error: &Error) -> bool {
    // unique_violation and deadlock_detected
    error.sqlstate().is_some_and(|code| code == "23505" || code == "40P01")
}

async fn take_whole(
    database: &Database,
    before: &Model,
    (batch, others): (&Batch, Others),
) -> Result<Model, Error> {
    let transaction = database.begin_writing().await?;
    database::without_limit(&transaction).await?;
    database::without_waiting_for_the_disk(&transaction).await?;
    if others == Others::Wait && transaction.get_database_backend() == DbBackend::Postgres {
        let wait = "LOCK TABLE ONLY measurement IN SHARE ROW EXCLUSIVE MODE";
        transaction.execute_unprepared(wait).await?;
    }
    let rows = Rows::of(&transaction, batch).await?;
    let after = before.with(batch, &rows);
    advance(&transaction, before, &after).await?;
    write(&transaction, &rows.new).await?;
    transaction.commit().await?;
    Ok(after)
}

/// Writes measurements that are not there, ascending by slot, with all that depends on them.
pub(crate) async fn write(
    connection: &impl ConnectionTrait,
    new: &[measurement::Model],
) -> Result<(), Error> {
    measurement::bulk::write(connection, new).await?;
    current_status::bulk::update(connection, new).await?;
    rows::mark_due(connection, new).await
}

/// Stores how far the import has come. Its row is a lock as well: two imports from one source
/// would count each other's rows as found there.
async fn advance(
    connection: &impl ConnectionTrait,
    before: &Model,
    after: &Model,
) -> Result<(), Error> {
    let advanced = Entity::update_many()
        .set(ActiveModel {
            next_slot: Set(after.next_slot),
            folded: Set(after.folded),
            there: Set(after.there),
            skipped: Set(after.skipped),
            measurements: Set(after.measurements),
            ..Default::default()
        })
        .filter(COLUMN.source.eq(before.source.as_str()))
        .filter(COLUMN.next_slot.eq(before.next_slot))
        .exec(connection)
        .await?;
    if advanced.rows_affected == 1 { Ok(()) } else { Err(Error::ImportedElsewhere) }
}

/// How far [`take`] would come with a batch. Nothing is written.
///
/// # Errors
/// [`Error::Database`].
pub async fn compare(database: &Database, before: &Model, batch: &Batch) -> Result<Model, Error> {
    let transaction = database.begin_writing().await?;
    database::without_limit(&transaction).await?;
    let rows = Rows::of(&transaction, batch).await?;
    transaction.rollback().await?;
    Ok(before.with(batch, &rows))
}
