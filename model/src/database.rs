//! The connection to the database: SQLite for one machine, PostgreSQL for more.

use std::{path::Path, sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sqlx::{
        Connection, PgConnection,
        postgres::PgPoolOptions,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use crate::Error;

mod file;
mod limit;
mod reading;
mod url;

use file::File;
pub use limit::limited;
pub(crate) use limit::{ROWS_AT_ONCE, without_limit, without_waiting_for_the_disk};
pub use url::{DEFAULT_URL, DatabaseUrl};

/// How many connections a pool opens at most: more would only wait for the server's cores.
pub const CONNECTIONS: u32 = 8;

/// 2 s: a round's answer must not wait longer for a database that is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// 1 s: a connection that was used just now is well, as far as a round trip is worth.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// 4 s: SQLite has one writer; the others wait for it instead of failing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(4);

/// A pool of connections to one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    pool: DatabaseConnection,
    /// The SQLite file that must be there already.
    existing: Option<Arc<File>>,
}

impl Database {
    /// Prepares the pool without opening a connection: a database that is away is no reason
    /// not to start. Creates the folder of a SQLite file, and the file at first use.
    ///
    /// # Errors
    /// [`Error::Folder`] when that folder cannot be made.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, Error> {
        if let Some(folder) = url.sqlite_file().and_then(Path::parent) {
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::Folder { folder: folder.display().to_string(), source })?;
        }
        Ok(Self { pool: connect(url).await?, existing: None })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`Error::NoFile`] when the file of a program that only reads is missing,
    /// [`Error::Database`] when there is no sign.
    pub async fn ping(&self) -> Result<(), Error> {
        self.find_file()?;
        limited(async { Ok(self.pool.ping().await?) }).await
    }

    /// Brings all that was written into the SQLite file itself, before a program that writes ends.
    /// While others read, SQLite leaves it in the `-wal`, and would read that as part of whatever
    /// file comes next under the same name. A server needs nothing of the kind.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn checkpoint(&self) -> Result<(), Error> {
        if self.get_database_backend() == DbBackend::Sqlite {
            self.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    /// The connection itself, for the schema's migrations.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// Begins a transaction that writes. On SQLite it takes the writer's place at once: one
    /// that starts by reading could not wait for it later.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn begin_writing(&self) -> Result<DatabaseTransaction, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.pool.begin_with_options(options).await?)
    }
}

/// A pool that opens its connections to a server when they are needed.
async fn connect(url: &DatabaseUrl) -> Result<DatabaseConnection, Error> {
    let mut options = ConnectOptions::new(url.as_str());
    options
        .connect_lazy(true)
        .sqlx_logging(false)
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire_if_idle_for(TRUSTED_FOR)
        .statement_timeout(limit::ANSWER_TIMEOUT)
        // Compiling a plan takes a tenth of a second, and every statement of ours less than that.
        .map_sqlx_postgres_opts(|postgres| postgres.options([("jit", "off")]))
        .map_sqlx_postgres_pool_opts(drop_the_silent)
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
        });
    if let Some(file) = url.sqlite_file().map(File::at).map(Arc::new) {
        options.map_sqlx_sqlite_pool_opts(move |pool| file::held_to(Arc::clone(&file), pool));
    }
    Ok(sea_orm::Database::connect(options).await?)
}

/// Lets go of a connection that does not answer when it comes back: the pool would wait for it
/// without end, and have one place less.
fn drop_the_silent(pool: PgPoolOptions) -> PgPoolOptions {
    pool.after_release(|connection: &mut PgConnection, _| {
        Box::pin(async move {
            let answer = tokio::time::timeout(ACQUIRE_TIMEOUT, connection.ping()).await;
            answer.map_err(|_| sea_orm::sqlx::Error::PoolTimedOut)?.map(|()| true)
        })
    })
}
