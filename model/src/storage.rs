//! How much room history takes.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use crate::{Database, Error, database::without_limit};

/// The room that history takes on PostgreSQL, with its indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Stored {
    /// Measurements, as far as [`analyze`] counted them.
    pub measurements: i64,
    /// What they take.
    pub measurement_bytes: i64,
    /// What the rollups of hours and days take.
    pub rollup_bytes: i64,
}

const SIZES: &str = "SELECT measurements, measurement_bytes,
        pg_total_relation_size('rollup_hour') + pg_total_relation_size('rollup_day')
            AS rollup_bytes
    FROM (
        SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint AS measurements,
            coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint AS measurement_bytes
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'measurement'::regclass
    ) AS parts";

/// How much room does history take? Absent on SQLite, which does not say it table by table.
///
/// # Errors
/// [`Error::Database`].
pub async fn of(database: &Database) -> Result<Option<Stored>, Error> {
    if database.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let sizes = Statement::from_string(DbBackend::Postgres, SIZES);
    Ok(Stored::find_by_statement(sizes).one(database).await?)
}

/// Has the database look at its rows anew, from which it learns how many there are and which index
/// helps: after much was written at once, it has not noticed yet.
///
/// # Errors
/// [`Error::Database`].
pub async fn analyze(database: &Database) -> Result<(), Error> {
    let transaction = database.begin_writing().await?;
    without_limit(&transaction).await?;
    for table in ["measurement", "rollup_hour", "rollup_day", "rollup_due"] {
        transaction.execute_unprepared(&format!("ANALYZE {table}")).await?;
    }
    Ok(transaction.commit().await?)
}
