//! How long what was measured is kept. Rollups are kept for ever.

use std::time::Instant;

use chrono::{DateTime, Days, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{
    Database, Error, Window, measurement, observation,
    partition::{self, Table},
    rollup::due,
    run,
};

/// How long rows are kept: at least so long, and at most a month (measurements) or a week
/// (observations) longer, because they go a whole month or week at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days that measurements are kept.
    pub measurements_days: u16,
    /// Days that observations and runs are kept.
    pub observations_days: u16,
}

impl Default for Retention {
    /// Thirteen months, so that a month can be compared with that of the year before; and thirty
    /// days, in which evidence is asked for.
    fn default() -> Self {
        Self { measurements_days: 396, observations_days: 30 }
    }
}

impl Retention {
    /// The start of the oldest part of a table that is kept.
    fn kept_from(self, table: Table, now: DateTime<Utc>) -> DateTime<Utc> {
        let days = match table {
            Table::Measurement => self.measurements_days,
            Table::Observation => self.observations_days,
        };
        // Only a time in chrono's first years has nothing so long before it.
        let oldest = now.checked_sub_days(Days::new(days.into())).unwrap_or(DateTime::UNIX_EPOCH);
        table.part(oldest).from
    }
}

/// What went.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    pub(crate) parts: u64,
    pub(crate) rows: u64,
    pub(crate) finished: bool,
}

/// 1,000 rows at once: some milliseconds, in which SQLite has no other writer.
const BATCH: u64 = 1_000;

/// Drops, or deletes in batches, what is older than it need be, and nothing that has not been
/// rolled up.
pub(crate) async fn enforce(
    database: &Database,
    retention: &Retention,
    now: DateTime<Utc>,
    until: Instant,
) -> Result<Gone, Error> {
    let mut gone = Gone { finished: true, ..Gone::default() };
    let now = now.min(database_clock(database).await?.unwrap_or(now));
    for table in [Table::Measurement, Table::Observation] {
        let from = retention.kept_from(table, now);
        for part in partition::all(database, table).await? {
            if part.to > from || !is_rolled_up(database, table, part).await? {
                continue;
            }
            let dropped = partition::drop(database, table, part).await?;
            gone.parts += u64::from(dropped);
            gone.finished &= dropped;
        }
        if database.get_database_backend() == DbBackend::Sqlite {
            delete(database, table, from, until, &mut gone).await?;
        }
    }
    let from = retention.kept_from(Table::Observation, now);
    repeat(until, &mut gone, async || run::delete_before(database, from, BATCH).await).await?;
    Ok(gone)
}

/// The time by the database's own clock: where a runner's clock has leapt ahead by a year, the
/// history of a year must not go. SQLite has no clock of its own.
async fn database_clock(database: &Database) -> Result<Option<DateTime<Utc>>, Error> {
    if database.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let now = Statement::from_string(DbBackend::Postgres, "SELECT now() AS now");
    let row = database.query_one_raw(now).await?;
    Ok(row.map(|row| row.try_get("", "now")).transpose()?)
}

/// Whether the rollups know all that is in a part.
async fn is_rolled_up(database: &Database, table: Table, part: Window) -> Result<bool, Error> {
    Ok(match table {
        Table::Measurement => !due::has_hour_in(database, part).await?,
        Table::Observation => true,
    })
}

async fn delete(
    database: &Database,
    table: Table,
    before: DateTime<Utc>,
    until: Instant,
    gone: &mut Gone,
) -> Result<(), Error> {
    let older = Window { from: DateTime::UNIX_EPOCH, to: before };
    if !is_rolled_up(database, table, older).await? {
        return Ok(());
    }
    repeat(until, gone, async || match table {
        Table::Measurement => measurement::delete_before(database, before, BATCH).await,
        Table::Observation => observation::delete_before(database, before, BATCH).await,
    })
    .await
}

/// Deletes batch after batch, until one is not full or the time is up.
async fn repeat(
    until: Instant,
    gone: &mut Gone,
    batch: impl AsyncFn() -> Result<u64, Error>,
) -> Result<(), Error> {
    loop {
        let deleted = batch().await?;
        gone.rows += deleted;
        if deleted < BATCH {
            return Ok(());
        }
        if Instant::now() >= until {
            gone.finished = false;
            return Ok(());
        }
    }
}
