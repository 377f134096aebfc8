//! Packing the index of a part that is over: on the way the index keeps room for what comes in
//! another order, and needs none any more.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement,
    sqlx::{self, PgConnection},
};

use super::{Table, is_busy};
use crate::{Database, Error, Window};

/// Any number that nobody else on this database locks: "packpart" in ASCII. Another than that of
/// making a part, which must not wait for one that is packed.
const LOCK: i64 = 0x7061_636b_7061_7274;

/// 10 min: packing takes seconds, and waits for every transaction that is older. Behind one that
/// does not end it gives up, and tries again the next time.
const PATIENCE: Duration = Duration::from_mins(10);

/// Packs the index of a part that is over, unless that was done. Recording and reading go on.
/// Answers whether it was packed just now.
///
/// # Errors
/// [`Error::Database`]; then the index is as it was.
pub(crate) async fn pack(database: &Database, part: Window) -> Result<bool, Error> {
    let table = Table::Measurement.part_name(part);
    if !is_loose(database, &table).await? && leftovers(database, &table).await?.is_empty() {
        return Ok(false);
    }
    // A connection of its own, which is closed afterwards and takes lock and limit along.
    let pool = database.connection().get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(of_sqlx)?.detach();
    let alone = format!("SELECT pg_try_advisory_lock({LOCK})");
    let alone: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(alone))
        .fetch_one(&mut connection)
        .await
        .map_err(of_sqlx)?;
    if !alone {
        return Ok(false);
    }
    // Looked for again: until now they may have been those of somebody who was packing.
    let leftovers = leftovers(database, &table).await?;
    let index = format!("{table}_pkey");
    let work = repack(&mut connection, &index, &leftovers);
    // The server keeps to the limit by itself, statement by statement, unless it falls silent.
    let work = tokio::time::timeout(PATIENCE * 2, work).await;
    match work.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(of_sqlx) {
        Ok(()) => Ok(true),
        Err(error) if is_busy(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn repack(
    connection: &mut PgConnection,
    index: &str,
    leftovers: &[String],
) -> Result<(), sqlx::Error> {
    let limit = format!("SET statement_timeout = '{}s'", PATIENCE.as_secs());
    let drops = leftovers.iter().map(|left| format!("DROP INDEX CONCURRENTLY IF EXISTS {left}"));
    let pack = [
        format!("ALTER INDEX {index} SET (fillfactor = 100)"),
        format!("REINDEX INDEX CONCURRENTLY {index}"),
    ];
    // One at a time: none of the concurrent ones runs in a transaction with others.
    for statement in std::iter::once(limit).chain(drops).chain(pack) {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether the index takes more than 31 bytes a row: packed, it takes 29. One of a few pages is
/// not worth the work.
async fn is_loose(database: &Database, table: &str) -> Result<bool, Error> {
    let loose = "SELECT pg_relation_size(oid) > greatest(31 * reltuples, 1000000) AS loose
        FROM pg_class WHERE oid = to_regclass($1 || '_pkey')";
    let loose = Statement::from_sql_and_values(DbBackend::Postgres, loose, [table.into()]);
    let row = database.query_one_raw(loose).await?;
    Ok(row.map(|row| row.try_get("", "loose")).transpose()?.unwrap_or(false))
}

/// What attempts left that did not come to their end: invalid indexes, `…_ccnew` and `…_ccold`,
/// which every write would keep up to date.
async fn leftovers(database: &Database, table: &str) -> Result<Vec<String>, Error> {
    let names = "SELECT index.relname::text AS name FROM pg_index
        JOIN pg_class index ON index.oid = indexrelid
        WHERE indrelid = to_regclass($1) AND NOT indisvalid
            AND index.relname ~ '_pkey_cc(new|old)[0-9]*$'";
    let names = Statement::from_sql_and_values(DbBackend::Postgres, names, [table.into()]);
    let rows = database.query_all_raw(names).await?;
    Ok(rows.iter().map(|row| row.try_get("", "name")).collect::<Result<_, DbErr>>()?)
}

fn of_sqlx(error: sqlx::Error) -> Error {
    DbErr::Exec(RuntimeErr::SqlxError(error.into())).into()
}
