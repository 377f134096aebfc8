//! The parts that PostgreSQL keeps the two large tables in, so that retention drops a part whole.
//! SQLite keeps each of them as one.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use crate::{Database, Error, Window, database::limited};

mod packing;

pub(crate) use packing::pack;

/// A table that PostgreSQL keeps in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// By the month of the slot.
    Measurement,
    /// By the week, Monday to Sunday, of the start.
    Observation,
}

/// Any number that nobody else on this database locks: "partitio" in ASCII.
const LOCK: i64 = 0x7061_7274_6974_696f;

impl Table {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Measurement => "measurement",
            Self::Observation => "observation",
        }
    }

    /// The part that contains `time`.
    pub(crate) fn part(self, time: DateTime<Utc>) -> Window {
        let day = time.date_naive();
        let (first, next) = match self {
            Self::Measurement => {
                let first = day.with_day(1);
                (first, first.and_then(|first| first.checked_add_months(Months::new(1))))
            }
            Self::Observation => {
                let monday = Days::new(day.weekday().num_days_from_monday().into());
                let first = day.checked_sub_days(monday);
                (first, first.and_then(|first| first.checked_add_days(Days::new(7))))
            }
        };
        // Only a time within a month of chrono's limits has no such part.
        Window { from: midnight(first.unwrap_or(day)), to: midnight(next.unwrap_or(day)) }
    }

    /// The name of a part: `measurement_p20261101`.
    pub(crate) fn part_name(self, part: Window) -> String {
        format!("{}_p{}", self.name(), part.from.format("%Y%m%d"))
    }

    /// The part of this name, if it is one that we made.
    fn part_named(self, name: &str) -> Option<Window> {
        let date = name.strip_prefix(self.name())?.strip_prefix("_p")?;
        let first = NaiveDate::parse_from_str(date, "%Y%m%d").ok()?;
        let part = self.part(midnight(first));
        (self.part_name(part) == name).then_some(part)
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Whether a write failed because no part takes its rows.
pub(crate) fn is_missing(error: &Error) -> bool {
    // 23514 check_violation: the tables have no other checks.
    error.sqlstate().is_some_and(|code| code == "23514")
}

/// Makes the parts that contain these times, as far as they are missing. Answers how many were.
///
/// A part is made beside the table and attached when it is whole: recording goes on meanwhile.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn ensure(
    database: &Database,
    table: Table,
    times: impl IntoIterator<Item = DateTime<Utc>>,
) -> Result<u64, Error> {
    if database.get_database_backend() != DbBackend::Postgres {
        return Ok(0);
    }
    let mut wanted: Vec<Window> = times.into_iter().map(|time| table.part(time)).collect();
    wanted.sort_by_key(|part| part.from);
    wanted.dedup();
    let known = all(database, table).await?;
    wanted.retain(|part| !known.contains(part));
    for part in &wanted {
        limited(create(database, table, *part)).await?;
    }
    Ok(u64::try_from(wanted.len()).unwrap_or(u64::MAX))
}

/// The parts of a table, oldest first; none on SQLite.
pub(crate) async fn all(
    connection: &impl ConnectionTrait,
    table: Table,
) -> Result<Vec<Window>, Error> {
    #[derive(FromQueryResult)]
    struct Named {
        name: String,
    }
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(Vec::new());
    }
    let names = "SELECT child.relname::text AS name FROM pg_inherits
        JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = $1::regclass";
    let names = Statement::from_sql_and_values(DbBackend::Postgres, names, [table.name().into()]);
    let names = Named::find_by_statement(names).all(connection).await?;
    let mut parts: Vec<Window> =
        names.iter().filter_map(|named| table.part_named(&named.name)).collect();
    parts.sort_by_key(|part| part.from);
    Ok(parts)
}

async fn create(database: &Database, table: Table, part: Window) -> Result<(), Error> {
    let (name, part_name) = (table.name(), table.part_name(part));
    let (from, to) = (part.from.to_rfc3339(), part.to.to_rfc3339());
    let transaction = database.begin_writing().await?;
    // Another runner may be making the same part.
    transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    if !all(&transaction, table).await?.contains(&part) {
        let create = format!(
            "CREATE TABLE {part_name} (LIKE {name} INCLUDING ALL);
            ALTER TABLE {name} ATTACH PARTITION {part_name} FOR VALUES FROM ('{from}') TO ('{to}')"
        );
        transaction.execute_unprepared(&create).await?;
    }
    Ok(transaction.commit().await?)
}

/// Drops a part. Answers `false` when the table is too busy just now.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn drop(database: &Database, table: Table, part: Window) -> Result<bool, Error> {
    limited(drop_now(database, table, part)).await
}

async fn drop_now(database: &Database, table: Table, part: Window) -> Result<bool, Error> {
    let transaction = database.begin_writing().await?;
    // Whoever records waits behind us for as long as we wait.
    let drop = format!(
        "SET LOCAL lock_timeout = '{}ms'; DROP TABLE IF EXISTS {}",
        PATIENCE.num_milliseconds(),
        table.part_name(part)
    );
    match transaction.execute_unprepared(&drop).await.map_err(Error::from) {
        Ok(_) => {
            transaction.commit().await?;
            Ok(true)
        }
        Err(error) if is_busy(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// 30 ms: recording must not wait longer for retention, which has time until tomorrow.
const PATIENCE: TimeDelta = TimeDelta::milliseconds(30);

/// Whether a lock was not to be had in time, or the whole statement took too long.
fn is_busy(error: &Error) -> bool {
    // lock_not_available, and query_canceled, which is what a time limit does.
    error.sqlstate().is_some_and(|code| code == "55P03" || code == "57014")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_a_part_of_the_measurements() {
        let part = Table::Measurement.part(time("2026-12-31T23:59:00Z"));
        let expected =
            Window { from: time("2026-12-01T00:00:00Z"), to: time("2027-01-01T00:00:00Z") };
        assert_eq!(part, expected);
        assert_eq!(Table::Measurement.part_name(part), "measurement_p20261201");
    }

    #[test]
    fn a_week_is_a_part_of_the_observations() {
        for day in ["2026-11-16T00:00:00Z", "2026-11-22T23:59:59Z"] {
            let part = Table::Observation.part(time(day));
            assert_eq!(part.from, time("2026-11-16T00:00:00Z"));
            assert_eq!(part.to, time("2026-11-23T00:00:00Z"));
        }
    }

    #[test]
    fn a_part_is_known_by_its_name_and_nothing_else_is() {
        let part = Table::Measurement.part(time("2026-11-19T18:00:00Z"));
        let named = |name| Table::Measurement.part_named(name);
        assert_eq!(named("measurement_p20261101"), Some(part));
        for other in ["measurement_p20261102", "measurement_old", "observation_p20261101"] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
