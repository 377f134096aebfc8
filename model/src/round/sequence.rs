//! The number of a round: its place in the order in which rounds became visible.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use crate::{Database, Error};

/// Where PostgreSQL tells of each round that was recorded.
pub(crate) const CHANNEL: &str = "cloud_monitor_round";

/// Counts a round, and tells whoever listens.
///
/// The one row that counts is the transaction's own until it ends: the next round gets its number
/// when this one is visible. So a reader who has seen a number has seen all before it, there are
/// no gaps, and what retention deletes is not counted again.
pub(super) async fn number(connection: &impl ConnectionTrait, run_id: i64) -> Result<i64, Error> {
    let backend = connection.get_database_backend();
    if backend == DbBackend::Postgres {
        // One round trip, because every other runner waits as long as this takes.
        let count = format!(
            "WITH counted AS (UPDATE round_sequence SET newest = newest + 1 RETURNING newest),
                numbered AS (UPDATE run SET sequence = newest FROM counted WHERE id = $1)
            SELECT newest, pg_notify('{CHANNEL}', newest::text) FROM counted"
        );
        let count = Statement::from_sql_and_values(backend, count, [run_id.into()]);
        return read(connection.query_one_raw(count).await?);
    }
    let count = "UPDATE round_sequence SET newest = newest + 1 RETURNING newest";
    let count = Statement::from_string(backend, count);
    let sequence = read(connection.query_one_raw(count).await?)?;
    let number = "UPDATE run SET sequence = $1 WHERE id = $2";
    let values = [sequence.into(), run_id.into()];
    connection.execute_raw(Statement::from_sql_and_values(backend, number, values)).await?;
    Ok(sequence)
}

/// The number of the newest round; 0 before the first one. Reads one row.
///
/// # Errors
/// [`Error::Database`].
pub async fn newest(database: &Database) -> Result<i64, Error> {
    let question = "SELECT newest FROM round_sequence";
    let question = Statement::from_string(database.get_database_backend(), question);
    read(database.query_one_raw(question).await?)
}

fn read(row: Option<QueryResult>) -> Result<i64, Error> {
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the row that counts rounds".into()))?;
    Ok(row.try_get("", "newest")?)
}
