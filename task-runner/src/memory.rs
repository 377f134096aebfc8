//! What the runner knows of the slots before: what was seen in them, and what is usual.

use std::{
    collections::BTreeMap,
    error::Error as StdError,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use model::{Database, Window, observation::Observation, rejudge, slot, usual};
use tokio::time::{Duration, timeout};
use tracing::{debug, warn};
use verdict::{Normal, Normals, Past};

use crate::sampling;

/// 1 s: it is read while the probes run; a database that is away must not hold the round up.
const PATIENCE: Duration = Duration::from_secs(1);

/// 5 min: what is usual changes slowly.
const NORMALS_FOR: TimeDelta = TimeDelta::minutes(5);

/// 3 slots after a failure in which its probe is asked more often.
const TROUBLE_FOR: TimeDelta = TimeDelta::minutes(3);

/// The recent past of one region.
#[derive(Debug)]
pub(crate) struct Memory {
    database: Database,
    region: String,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// What this process saw itself: there also while the database is away.
    seen: BTreeMap<DateTime<Utc>, Vec<Observation>>,
    normals: Arc<Normals>,
    /// The slot before which they were read.
    normals_of: Option<DateTime<Utc>>,
}

impl Memory {
    pub(crate) fn new(database: Database, region: String) -> Self {
        Self { database, region, known: Mutex::default() }
    }

    /// Whether a probe failed in one of the last slots.
    pub(crate) fn knows_trouble(&self, probe: &str, slot: DateTime<Utc>) -> bool {
        let known = self.known();
        let mut recent = known.seen.range(slot - TROUBLE_FOR..slot);
        recent.any(|(_, seen)| sampling::saw_trouble(seen, probe))
    }

    /// What was seen before `slot`: in the database, by whichever runner, and by this process.
    pub(crate) async fn before(&self, slot: DateTime<Utc>) -> Vec<Past> {
        let window = Window { from: slot - Past::REACH, to: slot };
        let stored = rejudge::seen(&self.database, &self.region, window);
        let stored = timeout(PATIENCE, stored).await;
        let mut past: BTreeMap<DateTime<Utc>, Vec<Observation>> = {
            let known = self.known();
            known.seen.range(window.from..slot).map(|(at, seen)| (*at, seen.clone())).collect()
        };
        match stored {
            Ok(Ok(stored)) => past.extend(stored.into_iter().map(|s| (s.slot, s.observations))),
            Ok(Err(error)) => {
                let error = &error as &dyn StdError;
                warn!(error, "Judges without the slots that only the database knows");
            }
            Err(_) => warn!("Judges without the slots that only the database knows: it is slow"),
        }
        past.into_iter().map(|(slot, observations)| Past { slot, observations }).collect()
    }

    /// Keeps what was seen in `slot`, for as long as verdicts look back.
    pub(crate) fn remember(&self, slot: DateTime<Utc>, seen: &[Observation]) {
        let mut known = self.known();
        known.seen.insert(slot, seen.to_vec());
        // By number, not by age: slots may come in any order.
        while known.seen.len() > 2 * 15 {
            known.seen.pop_first();
        }
    }

    /// What is usual as of `slot`. Read anew when it is some minutes old, which is once in many
    /// rounds, and while the probes run.
    pub(crate) async fn normals(&self, slot: DateTime<Utc>) -> Arc<Normals> {
        let (normals, of) = {
            let known = self.known();
            (known.normals.clone(), known.normals_of)
        };
        if of.is_some_and(|of| (slot - of).abs() < NORMALS_FOR) {
            return normals;
        }
        match timeout(PATIENCE, read_normals(&self.database, &self.region, slot)).await {
            Ok(Ok(read)) => {
                debug!(services = read.len(), "Read what is usual");
                let normals = Arc::new(read);
                let mut known = self.known();
                known.normals = normals.clone();
                known.normals_of = Some(slot);
                normals
            }
            Ok(Err(error)) => {
                let error = &error as &dyn StdError;
                warn!(error, "Cannot read what is usual");
                normals
            }
            Err(_) => normals,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is usual in `region` right before `slot`.
pub(crate) async fn read_normals(
    database: &Database,
    region: &str,
    slot: DateTime<Utc>,
) -> Result<Normals, model::Error> {
    let usual = usual::before(database, region, slot::containing(slot)).await?;
    let normals = usual
        .into_iter()
        .filter_map(|(name, usual)| Normal::of_usual(usual).map(|normal| (name, normal)));
    Ok(normals.collect())
}
