//! The connection to the database: SQLite for one machine, PostgreSQL for more.

use std::{fmt, path::Path, str::FromStr, time::Duration};

use sea_orm::{
    ConnectOptions, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use crate::Error;

/// Where the database is when nothing says otherwise: a file in the working folder.
pub const DEFAULT_URL: &str = "sqlite://data/cloud_monitor.db";

/// 2 s: a round's answer must not wait longer for a database that is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// 5 s: SQLite has one writer; the others wait for it instead of failing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// 10 s: no statement of ours needs longer, and one that hangs must not hold its connection.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// A checked `DATABASE_URL`. Its password appears neither in `Debug` nor in `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl FromStr for DatabaseUrl {
    type Err = Error;

    /// Accepts `sqlite://…`, `postgresql://…` and `postgres://…`; a driver suffix, as in
    /// `postgresql+psycopg2://`, is ignored.
    fn from_str(text: &str) -> Result<Self, Error> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(Error::Url("has no scheme; use sqlite://… or postgresql://…".into()));
        };
        match scheme.split('+').next().unwrap_or(scheme) {
            "sqlite" if rest.is_empty() => Err(Error::Url("names no file".into())),
            "sqlite" => Ok(Self(format!("sqlite://{rest}"))),
            "postgresql" | "postgres" => Ok(Self(format!("postgresql://{rest}"))),
            other => Err(Error::Url(format!(
                "has the scheme {other:?}; use sqlite://… or postgresql://…"
            ))),
        }
    }
}

impl DatabaseUrl {
    /// The path of the SQLite file, if the database is one.
    fn sqlite_file(&self) -> Option<&Path> {
        let rest = self.0.strip_prefix("sqlite://")?;
        let file = rest.split('?').next().unwrap_or(rest);
        (file != ":memory:").then(|| Path::new(file))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_once('@') {
            None => f.write_str(&self.0),
            Some((_, place)) => write!(f, "postgresql://…@{place}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A pool of connections to one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database(pub(crate) DatabaseConnection);

impl Database {
    /// Prepares the pool without opening a connection: a database that is away is no reason
    /// not to start. Creates the folder of a SQLite file, and the file at first use.
    ///
    /// # Errors
    /// [`Error::Folder`] when that folder cannot be made; [`Error::Database`] for a malformed URL.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, Error> {
        if let Some(folder) = url.sqlite_file().and_then(Path::parent) {
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::Folder { folder: folder.display().to_string(), source })?;
        }
        let mut options = ConnectOptions::new(url.0.clone());
        options
            .connect_lazy(true)
            .sqlx_logging(false)
            .max_connections(8)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire_if_idle_for(Duration::from_secs(5))
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .busy_timeout(BUSY_TIMEOUT)
                    .foreign_keys(true)
            });
        if url.sqlite_file().is_none() {
            options.statement_timeout(STATEMENT_TIMEOUT);
        }
        Ok(Self(sea_orm::Database::connect(options).await?))
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`Error::Database`] when it gives none.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.0.ping().await?)
    }

    /// The connection itself, for the schema's migrations.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.0
    }

    /// Begins a transaction that writes. On SQLite it takes the writer's place at once: one
    /// that starts by reading could not wait for it later.
    pub(crate) async fn begin_writing(&self) -> Result<DatabaseTransaction, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.0.begin_with_options(options).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_suffix_is_ignored() {
        let url: DatabaseUrl = "postgresql+psycopg2://me:secret@db:5432/monitor".parse().unwrap();
        assert_eq!(url.0, "postgresql://me:secret@db:5432/monitor");
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: DatabaseUrl = "postgres://me:secret@db/monitor".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgresql://…@db/monitor postgresql://…@db/monitor");
    }

    #[test]
    fn other_databases_are_refused_by_name() {
        let error = "mysql://db".parse::<DatabaseUrl>().unwrap_err();
        assert!(error.to_string().contains("mysql"), "{error}");
        assert!("cloud_monitor.db".parse::<DatabaseUrl>().is_err());
        assert!("sqlite://".parse::<DatabaseUrl>().is_err());
    }
}
