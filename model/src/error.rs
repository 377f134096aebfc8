//! What can go wrong between the programs and the database.

use std::borrow::Cow;

use sea_orm::{DbErr, RuntimeErr, sqlx::error::DatabaseError};

/// Why a question could not be asked or answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `DATABASE_URL` names no database that we can use.
    #[error("{0}")]
    Url(String),
    /// The folder of the SQLite file could not be made.
    #[error("cannot create the folder {folder} of the SQLite file")]
    Folder {
        /// The folder, as the URL names it.
        folder: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A program that only reads found no SQLite file.
    #[error("the file {file} does not exist")]
    NoFile {
        /// The file, as the URL names it.
        file: String,
    },
    /// No region of this name was ever recorded.
    #[error("region {name} is not known")]
    UnknownRegion {
        /// The name that was asked for.
        name: String,
    },
    /// No service or application of this name was ever recorded.
    #[error("service {name} is not known")]
    UnknownService {
        /// The name that was asked for.
        name: String,
    },
    /// No run of this name was ever started.
    #[error("run {name} is not known")]
    UnknownRun {
        /// The name that was asked for.
        name: String,
    },
    /// There is no incident with this key.
    #[error("incident {id} is not known")]
    UnknownIncident {
        /// The key that was asked for.
        id: i32,
    },
    /// The question asks for more than one answer can hold.
    #[error("{wanted} buckets are more than the {most} of one answer")]
    TooManyBuckets {
        /// The buckets of the window, for each service in each region.
        wanted: usize,
        /// How many there may be.
        most: usize,
    },
    /// The cursor was not made by this list.
    #[error("the cursor is not one that this list gave out")]
    Cursor,
    /// What only an empty database may take was to be written into another one.
    #[error("the database is not empty")]
    NotEmpty,
    /// Somebody else imports from the same source.
    #[error("another import from the same source is going on")]
    ImportedElsewhere,
    /// A stored latency histogram is damaged.
    #[error("a stored latency histogram cannot be read")]
    Histogram,
    /// The database refused, failed, or is away.
    #[error("the database did not answer as expected")]
    Database(#[from] DbErr),
}

impl Error {
    /// The code by which the database says why it refused a statement.
    pub(crate) fn sqlstate(&self) -> Option<Cow<'_, str>> {
        let Self::Database(
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)),
        ) = self
        else {
            return None;
        };
        cause.as_database_error().and_then(DatabaseError::code)
    }
}
