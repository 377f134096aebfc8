//! A database whose history is made up, for a demonstration, says so for ever: the history counts as
//! an import from a source of this name.

use crate::{Database, Error, import};

/// The name of the source.
const SOURCE: &str = "demo";

/// Is the history of this database made up?
///
/// One look by primary key.
///
/// # Errors
/// [`Error::Database`].
pub async fn is_one(database: &Database) -> Result<bool, Error> {
    Ok(import::progress(database, SOURCE).await?.is_some())
}
