//! Why an import ends before its time.

use model::Error as StoreError;
use sea_orm_migration::sea_orm::sqlx;

use super::row::BadRow;

/// Why an import ended. What was taken over until then stays.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Only PostgreSQL can be the source.
    #[error("the source {0} is not a PostgreSQL server")]
    NotPostgres(String),
    /// The target's tables are not there, or not all of them.
    #[error("the database lacks migrations ({0}): run `migration up` first")]
    Pending(String),
    /// What is real is not mixed with what is made up.
    #[error("the history in this database is made up, for a demonstration")]
    Demo,
    /// The source cannot be reached or read.
    #[error("the source did not answer as expected")]
    Source(#[from] sqlx::Error),
    /// A row of the source means nothing.
    #[error(
        "{0}: repair it, or use --skip-bad, and run the import again, which goes on where it was"
    )]
    Bad(BadRow),
    /// Rows went missing between the count and the end.
    #[error("{read} rows were read where the source had counted {counted}")]
    Uncounted {
        /// Rows that came.
        read: i64,
        /// Rows that should have.
        counted: i64,
    },
    /// Our own database refused, failed, or is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Standard error is closed.
    #[error("nothing can be shown any more")]
    Shown(#[from] std::io::Error),
}
