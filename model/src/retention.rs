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

/// What goes, and until when.
pub(crate) struct Sweep<'a> {
    database: &'a Database,
    until: Instant,
    /// Parts that were dropped.
    pub(crate) parts: u64,
    /// Rows that were deleted.
    pub(crate) rows: u64,
    /// Whether nothing is left that should go.
    pub(crate) finished: bool,
}

/// Rows that are deleted, in batches, where there is no part to drop.
#[derive(Clone, Copy)]
enum Old {
    Measurements,
    Observations,
    Runs,
}

/// 1,000 rows at once: some milliseconds, in which SQLite has no other writer.
const BATCH: u64 = 1_000;

/// Drops, or deletes in batches, what is older than it need be, and nothing that has not been
/// rolled up.
pub(crate) async fn enforce<'a>(
    database: &'a Database,
    retention: &Retention,
    now: DateTime<Utc>,
    until: Instant,
) -> Result<Sweep<'a>, Error> {
    let mut sweep = Sweep { database, until, parts: 0, rows: 0, finished: true };
    let now = now.min(database_clock(database).await?.unwrap_or(now));
    let measurements = retention.kept_from(Table::Measurement, now);
    let observations = retention.kept_from(Table::Observation, now);
    if database.get_database_backend() == DbBackend::Sqlite {
        let older = Window { from: DateTime::UNIX_EPOCH, to: measurements };
        if is_rolled_up(database, Table::Measurement, older).await? {
            sweep.delete(Old::Measurements, measurements).await?;
        }
        sweep.delete(Old::Observations, observations).await?;
    } else {
        sweep.drop_parts(Table::Measurement, measurements).await?;
        sweep.drop_parts(Table::Observation, observations).await?;
    }
    sweep.delete(Old::Runs, observations).await?;
    Ok(sweep)
}

impl Sweep<'_> {
    async fn drop_parts(&mut self, table: Table, before: DateTime<Utc>) -> Result<(), Error> {
        for part in partition::all(self.database, table).await? {
            if part.to <= before && is_rolled_up(self.database, table, part).await? {
                let dropped = partition::drop(self.database, table, part).await?;
                self.parts += u64::from(dropped);
                self.finished &= dropped;
            }
        }
        Ok(())
    }

    /// Deletes batch after batch, until one is not full or the time is up.
    async fn delete(&mut self, old: Old, before: DateTime<Utc>) -> Result<(), Error> {
        loop {
            let database = self.database;
            let deleted = match old {
                Old::Measurements => measurement::delete_before(database, before, BATCH).await?,
                Old::Observations => observation::delete_before(database, before, BATCH).await?,
                Old::Runs => run::delete_before(database, before, BATCH).await?,
            };
            self.rows += deleted;
            if deleted < BATCH {
                return Ok(());
            }
            if Instant::now() >= self.until {
                self.finished = false;
                return Ok(());
            }
        }
    }
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
