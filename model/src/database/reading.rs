//! The connection of a program that only reads.

use std::{str::FromStr, sync::Arc};

use sea_orm::{
    DatabaseConnection, DbErr, RuntimeErr, SqlxSqliteConnector,
    sqlx::{
        ConnectOptions,
        sqlite::{SqliteConnectOptions, SqlitePoolOptions},
    },
};

use super::{
    ACQUIRE_TIMEOUT, BUSY_TIMEOUT, CONNECTIONS, Database, DatabaseUrl, File, connect, file,
};
use crate::Error;

impl Database {
    /// Prepares the pool of a program that only reads. A SQLite file is neither made nor changed:
    /// while it is missing every question fails, and once it is there they are answered. So they are
    /// when another takes its place.
    ///
    /// SQLite's own read-only mode is not used: it cannot open a file in WAL mode that nobody else
    /// has open. Where the file may not be written, SQLite falls back to it by itself.
    ///
    /// # Errors
    /// [`Error::Database`] when the URL cannot be used.
    pub async fn open_to_read(url: &DatabaseUrl) -> Result<Self, Error> {
        let Some(file) = url.sqlite_file() else {
            return Ok(Self { pool: connect(url).await?, existing: None });
        };
        let file = Arc::new(File::at(file));
        Ok(Self { pool: pool(url, Arc::clone(&file))?, existing: Some(file) })
    }

    /// How many times the SQLite file of a program that only reads was seen to be another, or gone.
    /// `None` for a server. Costs a `stat`.
    pub fn generation(&self) -> Option<u64> {
        self.existing.as_ref().map(|file| file.generation())
    }

    /// Looks whether the file is there, if there must be one.
    ///
    /// # Errors
    /// [`Error::NoFile`] when it is not.
    pub(super) fn find_file(&self) -> Result<(), Error> {
        let missing = |file: &&Arc<File>| !file.path.exists();
        match self.existing.as_ref().filter(missing) {
            Some(file) => Err(Error::NoFile { file: file.path.display().to_string() }),
            None => Ok(()),
        }
    }
}

/// A pool of our own making: SeaORM's opens the file at once, to ask for SQLite's version.
fn pool(url: &DatabaseUrl, file: Arc<File>) -> Result<DatabaseConnection, DbErr> {
    let options = SqliteConnectOptions::from_str(url.as_str())
        .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))?
        .create_if_missing(false)
        .pragma("query_only", "ON")
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A file that was opened does not go away as a server does.
        .test_before_acquire(false);
    let pool = file::held_to(file, pool).connect_lazy_with(options);
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}
