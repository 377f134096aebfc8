//! A limit on how long any question waits: a server that falls silent closes no connection, and
//! nothing else would ever end the wait.

use std::{future::Future, time::Duration};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement, entity::prelude::async_trait::async_trait,
};

use super::Database;

/// 5 s: no question of ours needs longer. The server ends a statement after the same time.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// 1,000 rows in a statement: of up to 32 values each, as SQLite takes 32,766.
pub(crate) const ROWS_AT_ONCE: usize = 1_000;

/// Waits for `work` on the database no longer than for any other answer.
///
/// # Errors
/// The work's own, and the database's when the time is up.
pub async fn limited<T, E: From<DbErr>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let answer = tokio::time::timeout(ANSWER_TIMEOUT, work).await;
    answer.unwrap_or_else(|_| Err(silence().into()))
}

/// Lets the statements of a transaction take as long as they need, in a program that nobody waits
/// for.
pub(crate) async fn without_limit(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    set_local(transaction, "statement_timeout = 0").await
}

/// Lets a transaction end before it is on the disk: one that can be done again, if a crash of the
/// server takes it along, whole. Waiting takes longer than most of them.
pub(crate) async fn without_waiting_for_the_disk(
    transaction: &DatabaseTransaction,
) -> Result<(), DbErr> {
    set_local(transaction, "synchronous_commit = off").await
}

/// Sets what PostgreSQL needs to be told, and SQLite has not.
async fn set_local(transaction: &DatabaseTransaction, setting: &str) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(&format!("SET LOCAL {setting}")).await?;
    }
    Ok(())
}

fn silence() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(format!("no answer within {ANSWER_TIMEOUT:?}")))
}

/// Single statements, each of them limited. A transaction is limited as a whole.
#[async_trait]
impl ConnectionTrait for Database {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        limited(self.pool.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        limited(self.pool.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        limited(self.pool.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        limited(self.pool.query_all_raw(statement)).await
    }
}
