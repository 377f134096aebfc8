//! Keeping rounds: in the database, or in the journal until the database is back.

use std::{error::Error as StdError, io, path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Database,
    observation::{self, Observation},
    round::{self, Recorded, Round},
    run::{self, Claim, Lease},
};
use tokio::{sync::Mutex, time::timeout};
use tracing::{error, info, warn};

use crate::{error::Error, journal::Journal};

/// 3 s: the pool gives up after two; a connection that hangs, or a journal that takes long to
/// replay, must not hold the answer longer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What became of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The database has its rows.
    Recorded,
    /// The database had rows of this slot already, from another runner.
    Duplicate,
    /// It waits in the journal.
    Journaled,
    /// Neither took it: its rows are in the answer and in the log only.
    Nowhere,
}

/// Where rounds are kept.
#[derive(Debug)]
pub struct Keeper {
    /// The database.
    pub database: Database,
    /// What waits for it.
    pub journal: Journal,
    /// Held while rounds are written, so that they are written in order.
    order: Mutex<()>,
}

impl Keeper {
    /// Keeps rounds in `database`, and in `journal` while that is away.
    pub fn new(database: Database, journal: Journal) -> Self {
        Self { database, journal, order: Mutex::new(()) }
    }

    /// Claims a slot. While the database is away, nobody else can have it either: then the
    /// slot is granted unless its round waits in the journal.
    pub(crate) async fn claim(&self, region: &str, slot: DateTime<Utc>, lease: TimeDelta) -> Claim {
        let name = region.to_owned();
        let waits = self.on_disk(move |journal| Ok(journal.contains(&name, slot))).await;
        // A journal that cannot be asked has no round of this slot that anybody could find.
        if waits.unwrap_or(false) {
            return Claim::Done;
        }
        let claim =
            run::claim(&self.database, region, slot, Lease { from: Utc::now(), length: lease });
        match bounded(claim).await {
            Ok(claim) => claim,
            Err(error) => {
                let error = &error as &dyn StdError;
                warn!(%slot, error, "Runs without a claim, as the database is away");
                Claim::Granted
            }
        }
    }

    /// Keeps a round: in the database after those that wait, or in the journal with them.
    pub(crate) async fn keep(&self, round: &Round) -> Kept {
        match bounded(self.record_in_order(round)).await {
            Ok(Recorded::Written) => Kept::Recorded,
            Ok(Recorded::Duplicate) => Kept::Duplicate,
            Err(away) => self.set_aside(round, &away).await,
        }
    }

    /// Records what a probe saw that was run by itself. Whoever ran it has the answer, so it does
    /// not wait for a database that is away.
    pub(crate) async fn keep_evidence(&self, region: &str, seen: &[Observation]) -> bool {
        match bounded(observation::record(&self.database, region, seen)).await {
            Ok(()) => true,
            Err(error) => {
                let error = &error as &dyn StdError;
                warn!(error, "Does not keep what a probe saw, as the database is away");
                false
            }
        }
    }

    /// Writes the rounds that wait, oldest first, until all are written or the database fails.
    ///
    /// # Errors
    /// When the database or the journal fails; what was written then is not written again.
    pub async fn replay(&self) -> Result<(), Error> {
        let _in_order = self.order.lock().await;
        self.replay_waiting().await
    }

    /// The files of the rounds that wait.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) async fn waiting(&self) -> io::Result<Vec<PathBuf>> {
        self.on_disk(|journal| journal.waiting()).await
    }

    async fn record_in_order(&self, round: &Round) -> Result<Recorded, Error> {
        let _in_order = self.order.lock().await;
        match self.replay_waiting().await {
            // No reason to keep this round from a database that may be well.
            Err(Error::Journal(error)) => warn!(%error, "Cannot replay the journal"),
            replayed => replayed?,
        }
        self.record(round).await
    }

    async fn replay_waiting(&self) -> Result<(), Error> {
        for file in self.waiting().await? {
            let (read, done) = (file.clone(), file);
            if let Some(round) = self.on_disk(move |journal| journal.read(&read)).await? {
                let recorded = self.record(&round).await?;
                info!(run.id = round.id(), ?recorded, "Replayed a round from the journal");
                self.on_disk(move |journal| journal.forget(&done)).await?;
            }
        }
        Ok(())
    }

    async fn record(&self, round: &Round) -> Result<Recorded, Error> {
        bounded(round::record(&self.database, round, Utc::now())).await
    }

    async fn set_aside(&self, round: &Round, away: &Error) -> Kept {
        let copy = round.clone();
        let run_id = round.id();
        let appended = self.on_disk(move |journal| journal.append(&copy)).await;
        let away = away as &dyn StdError;
        match appended {
            Ok(()) => {
                warn!(run.id = run_id, error = away, "Keeps a round in the journal");
                Kept::Journaled
            }
            Err(error) => {
                let rows = serde_json::to_string(round).unwrap_or_default();
                error!(run.id = run_id, database = away, journal = %error, rows, "Lost a round");
                Kept::Nowhere
            }
        }
    }

    /// Works on the journal where a slow disk holds up nobody.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Journal) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let journal = self.journal.clone();
        let done = tokio::task::spawn_blocking(move || work(&journal)).await;
        done.map_err(io::Error::other).flatten()
    }
}

/// Gives up on a database that does not even fail.
pub(crate) async fn bounded<T, E: Into<Error>>(
    question: impl Future<Output = Result<T, E>>,
) -> Result<T, Error> {
    match timeout(PATIENCE, question).await {
        Ok(answered) => answered.map_err(Into::into),
        Err(_) => Err(Error::SilentDatabase(PATIENCE)),
    }
}
