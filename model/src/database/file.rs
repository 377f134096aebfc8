//! The file of a SQLite database, which may be replaced while connections to it are open.
//!
//! A connection goes on with the file that it opened, wherever that was moved to: it would answer
//! from a history that is gone, or write where nobody reads.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use sea_orm::sqlx::sqlite::SqlitePoolOptions;

use super::ACQUIRE_TIMEOUT;

/// A path, and what was there when it was last looked at.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: Box<Path>,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    identity: Option<Identity>,
    /// How many times it was another than before.
    replacements: u64,
    /// When that was seen last.
    replaced: Option<Instant>,
}

/// Device, inode, and the time of its creation: the inode of a file that is gone is used again.
type Identity = (u64, u64, Option<SystemTime>);

impl File {
    pub(super) fn at(path: &Path) -> Self {
        let seen = Seen { identity: identity(path), replacements: 0, replaced: None };
        Self { path: path.into(), seen: Mutex::new(seen) }
    }

    /// Looks which file is there now, and counts those that were there before. Costs a `stat`.
    pub(super) fn generation(&self) -> u64 {
        self.look().replacements
    }

    /// Whether a connection of this age is one to the file that is there now.
    fn is_that_of(&self, age: Duration) -> bool {
        // One that took as long as it may to be made had opened the file before it was replaced.
        let since = self.look().replaced;
        since.is_none_or(|replaced| replaced.elapsed() > age + ACQUIRE_TIMEOUT)
    }

    fn look(&self) -> MutexGuard<'_, Seen> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = identity(&self.path);
        if seen.identity != identity {
            let replacements = seen.replacements + 1;
            *seen = Seen { identity, replacements, replaced: Some(Instant::now()) };
        }
        seen
    }
}

fn identity(path: &Path) -> Option<Identity> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino(), metadata.created().ok()))
}

/// Lets a pool give out connections to the file that is there now, and to no other.
pub(super) fn held_to(file: Arc<File>, pool: SqlitePoolOptions) -> SqlitePoolOptions {
    pool.before_acquire(move |_, connection| {
        let is_current = file.is_that_of(connection.age);
        Box::pin(async move { Ok(is_current) })
    })
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_connection_is_as_current_as_the_file_that_it_opened() {
        let folder = TempDir::new().unwrap();
        let (path, other) = (folder.path().join("a.db"), folder.path().join("b.db"));
        fs::write(&path, "a").unwrap();
        fs::write(&other, "b").unwrap();
        let file = File::at(&path);
        fs::write(&path, "changed").unwrap();
        assert!(file.is_that_of(Duration::from_secs(60)), "written to is not replaced");
        assert_eq!(file.generation(), 0);

        fs::rename(&other, &path).unwrap();
        assert!(!file.is_that_of(Duration::from_secs(60)));
        assert!(!file.is_that_of(Duration::ZERO), "it may have been opened before");
        assert_eq!(file.generation(), 1);
        let long_ago = Instant::now().checked_sub(2 * ACQUIRE_TIMEOUT).unwrap();
        file.seen.lock().unwrap().replaced = Some(long_ago);
        assert!(file.is_that_of(ACQUIRE_TIMEOUT / 2));
        assert!(!file.is_that_of(2 * ACQUIRE_TIMEOUT));

        fs::remove_file(&path).unwrap();
        assert!(!file.is_that_of(Duration::ZERO));
        assert_eq!(file.generation(), 2);
    }
}
