//! What the store needs done from time to time: rollups, parts made ahead, and retention.
//!
//! Everything is done in steps of milliseconds, each a transaction of its own. Two that maintain
//! at the same moment share the work; nobody who records waits longer than a step.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Database, Error,
    partition::{self, Table},
    retention::{self, Retention},
    rollup::{self, due},
    window::Width,
};

/// 2 min: the last round of an hour is recorded some seconds after the hour's end. Earlier than
/// that the hour would be rolled up twice.
const GRACE: TimeDelta = TimeDelta::minutes(2);

/// 64 marks read at once: in another order than the others', they would be gone meanwhile.
const BATCH: u64 = 64;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Hours of a region rolled up.
    pub hours: u64,
    /// Days of a region rolled up.
    pub days: u64,
    /// Parts of tables made ahead.
    pub parts_made: u64,
    /// Parts of tables packed, as nothing is recorded in them any more.
    pub parts_packed: u64,
    /// Parts of tables dropped.
    pub parts_dropped: u64,
    /// Rows deleted, where whole parts cannot be dropped.
    pub rows_deleted: u64,
    /// Whether nothing that was due is left.
    pub finished: bool,
}

/// Does what is due: makes the parts of this and of the next span, rolls up hours and days that
/// are over, and drops what is older than `retention` says. Stops when `budget` is used up; what
/// is left is due the next time.
///
/// # Errors
/// [`Error::Database`], [`Error::Histogram`]; what was done until then stays done.
pub async fn run(
    database: &Database,
    retention: &Retention,
    now: DateTime<Utc>,
    budget: Duration,
) -> Result<Done, Error> {
    let until = Instant::now() + budget;
    let mut done = Done { parts_made: make_ahead(database, now).await?, ..Done::default() };
    let hours = roll_up(database, Width::Hour, now, until).await?;
    let days = roll_up(database, Width::Day, now, until).await?;
    let packed = pack(database, now, until).await?;
    let gone = retention::enforce(database, retention, now, until).await?;
    (done.hours, done.days) = (hours.rolled, days.rolled);
    (done.parts_packed, done.parts_dropped, done.rows_deleted) = (packed, gone.parts, gone.rows);
    done.finished = hours.finished && days.finished && gone.finished;
    Ok(done)
}

/// The parts that will be written to next, so that no round waits for their making.
async fn make_ahead(database: &Database, now: DateTime<Utc>) -> Result<u64, Error> {
    let mut made = 0;
    for table in [Table::Measurement, Table::Observation] {
        let next = table.part(now).to;
        made += partition::ensure(database, table, [now, next]).await?;
    }
    Ok(made)
}

/// Packs what was over a day ago, if there is time left. The one step that takes seconds, once a
/// month; it holds nobody up.
async fn pack(database: &Database, now: DateTime<Utc>, until: Instant) -> Result<u64, Error> {
    let mut packed = 0;
    for part in partition::all(database, Table::Measurement).await? {
        if part.to + Width::Day.length() <= now && Instant::now() < until {
            packed += u64::from(partition::pack(database, part).await?);
        }
    }
    Ok(packed)
}

struct Rolled {
    rolled: u64,
    finished: bool,
}

async fn roll_up(
    database: &Database,
    width: Width,
    now: DateTime<Utc>,
    until: Instant,
) -> Result<Rolled, Error> {
    let over = now - GRACE - width.length() + TimeDelta::microseconds(1);
    let mut rolled = 0;
    loop {
        let due = due::next(database, width, over, BATCH).await?;
        if due.is_empty() {
            return Ok(Rolled { rolled, finished: true });
        }
        for together in due.chunk_by(|one, next| width == Width::Hour && one.start == next.start) {
            if Instant::now() >= until {
                return Ok(Rolled { rolled, finished: false });
            }
            rolled += rollup::roll_up(database, together).await?;
        }
    }
}
