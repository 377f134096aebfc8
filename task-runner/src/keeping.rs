//! Keeping rounds: in the database, or in the journal until the database is back.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Database,
    round::{self, Recorded, Round},
    run::{self, Claim},
};
use tokio::{sync::Mutex, time::timeout};
use tracing::{error, info, warn};

use crate::{error::Error, journal::Journal};

/// 3 s: the pool gives up after two; a connection that hangs must not hold the answer longer.
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
        if self.journal.contains(region, slot) {
            return Claim::Done;
        }
        let claim = run::claim(&self.database, region, slot, Utc::now(), lease);
        match bounded(claim).await {
            Ok(claim) => claim,
            Err(error) => {
                warn!(%slot, %error, "Runs without a claim, as the database is away");
                Claim::Granted
            }
        }
    }

    /// Keeps a round, after those that wait.
    pub(crate) async fn keep(&self, round: &Round) -> Kept {
        let _in_order = self.order.lock().await;
        let recorded = match self.replay_waiting().await {
            Ok(()) => self.record(round).await,
            Err(error) => Err(error),
        };
        match recorded {
            Ok(Recorded::Written) => Kept::Recorded,
            Ok(Recorded::Duplicate) => Kept::Duplicate,
            Err(away) => self.set_aside(round, &away).await,
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

    async fn replay_waiting(&self) -> Result<(), Error> {
        for file in self.journal.waiting()? {
            if let Some(round) = self.journal.read(&file)? {
                let recorded = self.record(&round).await?;
                info!(run.id = round.id(), ?recorded, "Replayed a round from the journal");
                self.journal.forget(&file)?;
            }
        }
        Ok(())
    }

    async fn record(&self, round: &Round) -> Result<Recorded, Error> {
        bounded(round::record(&self.database, round, Utc::now())).await
    }

    async fn set_aside(&self, round: &Round, away: &Error) -> Kept {
        let (journal, copy) = (self.journal.clone(), round.clone());
        let appended = tokio::task::spawn_blocking(move || journal.append(&copy)).await;
        let run_id = round.id();
        match appended.map_err(std::io::Error::other).flatten() {
            Ok(()) => {
                warn!(run.id = run_id, error = %away, "Keeps a round in the journal");
                Kept::Journaled
            }
            Err(error) => {
                let rows = serde_json::to_string(round).unwrap_or_default();
                error!(run.id = run_id, database = %away, journal = %error, rows, "Lost a round");
                Kept::Nowhere
            }
        }
    }
}

/// Gives up on a database that does not even fail.
pub(crate) async fn bounded<T>(
    question: impl Future<Output = Result<T, model::Error>>,
) -> Result<T, Error> {
    match timeout(PATIENCE, question).await {
        Ok(answered) => Ok(answered?),
        Err(_) => Err(Error::SilentDatabase(PATIENCE)),
    }
}
