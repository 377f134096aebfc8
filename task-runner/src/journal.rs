//! The journal: rounds that wait, on this machine's disk, for a database that is away.
//!
//! One file a round, named by slot and region, so that their order is the slots' and a slot is
//! there once. A file appears whole or not at all, and goes when the database has its rows.
//!
//! Everything here blocks: [`crate::keeping`] calls it where that holds up nobody.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use model::round::{Round, run_id};
use tracing::warn;

/// A folder of waiting rounds.
#[derive(Clone, Debug)]
pub struct Journal {
    folder: PathBuf,
}

impl Journal {
    /// The journal in `folder`, which is made when it is first written to.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Keeps a round; it is on the disk when this returns.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn append(&self, round: &Round) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let path = self.path(&round.region, round.slot);
        let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
        let mut file = File::create(&unfinished)?;
        let written = file
            .write_all(&serde_json::to_vec(round)?)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            // Half a file on a full disk only takes more of it.
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        // The name has to survive a crash as well.
        File::open(&self.folder)?.sync_all()
    }

    /// Whether the round of this slot waits here.
    pub fn contains(&self, region: &str, slot: DateTime<Utc>) -> bool {
        self.path(region, slot).exists()
    }

    /// The files of the waiting rounds, oldest slot first.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn waiting(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// Reads a waiting round. One that cannot be understood is set aside, for a person to look
    /// at, rather than stop those after it; one that is gone was replayed by another runner.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, file: &Path) -> io::Result<Option<Round>> {
        let content = match fs::read(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            content => content?,
        };
        match serde_json::from_slice(&content) {
            Ok(round) => Ok(Some(round)),
            Err(error) => {
                warn!(file = %file.display(), %error, "Set aside a journal file that is no round");
                fs::rename(file, file.with_extension("unreadable"))?;
                Ok(None)
            }
        }
    }

    /// Forgets a round whose rows the database has.
    ///
    /// # Errors
    /// When the file cannot be removed; replaying it again is harmless.
    pub fn forget(&self, file: &Path) -> io::Result<()> {
        match fs::remove_file(file) {
            // Another runner on this machine forgot it first.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn path(&self, region: &str, slot: DateTime<Utc>) -> PathBuf {
        // The slot first, so that the names sort by time.
        let slot_first = format!("{}-{}.json", slot.timestamp(), run_id(region, slot));
        self.folder.join(slot_first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(slot: &str) -> Round {
        Round {
            region: "us-east-1".into(),
            slot: slot.parse().unwrap(),
            started_at: slot.parse().unwrap(),
            duration_us: 1,
            observations: Vec::new(),
            measurements: Vec::new(),
        }
    }

    #[test]
    fn rounds_come_back_in_the_order_of_their_slots() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::in_folder(folder.path().join("journal"));
        assert!(journal.waiting().unwrap().is_empty());
        for slot in ["2026-11-19T18:05:00Z", "2026-11-19T18:04:00Z", "2026-11-19T17:59:00Z"] {
            journal.append(&round(slot)).unwrap();
        }
        let files = journal.waiting().unwrap();
        let slots: Vec<_> = files
            .iter()
            .map(|file| journal.read(file).unwrap().unwrap().slot.to_rfc3339())
            .collect();
        assert_eq!(
            slots,
            ["2026-11-19T17:59:00+00:00", "2026-11-19T18:04:00+00:00", "2026-11-19T18:05:00+00:00"]
        );
        journal.forget(&files[0]).unwrap();
        assert_eq!(journal.waiting().unwrap().len(), 2);
    }

    #[test]
    fn a_slot_is_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::in_folder(folder.path());
        let round = round("2026-11-19T18:04:00Z");
        assert!(!journal.contains("us-east-1", round.slot));
        journal.append(&round).unwrap();
        journal.append(&round).unwrap();
        assert!(journal.contains("us-east-1", round.slot));
        assert!(!journal.contains("us-east-2", round.slot));
        assert_eq!(journal.waiting().unwrap().len(), 1);
    }

    #[test]
    fn a_file_that_is_no_round_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::in_folder(folder.path());
        fs::write(folder.path().join("1.json"), "{").unwrap();
        let file = journal.waiting().unwrap().remove(0);
        assert_eq!(journal.read(&file).unwrap(), None);
        assert!(journal.waiting().unwrap().is_empty());
        assert!(folder.path().join("1.unreadable").exists());
    }

    #[test]
    fn a_round_that_another_runner_replayed_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::in_folder(folder.path());
        journal.append(&round("2026-11-19T18:04:00Z")).unwrap();
        let file = journal.waiting().unwrap().remove(0);
        journal.forget(&file).unwrap();
        assert_eq!(journal.read(&file).unwrap(), None);
        journal.forget(&file).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let journal = Journal::in_folder(folder.path().join("file/journal"));
        assert!(journal.append(&round("2026-11-19T18:04:00Z")).is_err());
    }
}
