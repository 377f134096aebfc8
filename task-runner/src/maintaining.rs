//! Maintaining the store after a round: in a task of its own, which no round waits for.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use chrono::Utc;
use model::{
    Database, Retention,
    maintenance::{self, Done},
};
use tokio::{sync::Mutex, time::Instant};
use tracing::{debug, warn};

/// 1 min: as often as there is something new, however many regions or triggers there are.
const EVERY: Duration = Duration::from_mins(1);

/// 2 s of each minute: what is left, after a long import for example, is done in the next ones.
const BUDGET: Duration = Duration::from_secs(2);

/// Maintains a store from time to time.
#[derive(Debug)]
pub(crate) struct Maintainer {
    database: Database,
    retention: Retention,
    /// When it was last begun; held while it goes on.
    begun: Arc<Mutex<Option<Instant>>>,
}

impl Maintainer {
    pub(crate) fn new(database: Database, retention: Retention) -> Self {
        Self { database, retention, begun: Arc::default() }
    }

    /// Begins to maintain the store, unless that goes on or was begun within the last minute.
    pub(crate) fn after_round(&self) {
        let Ok(mut begun) = self.begun.clone().try_lock_owned() else { return };
        if begun.is_some_and(|begun| begun.elapsed() < EVERY) {
            return;
        }
        *begun = Some(Instant::now());
        let (database, retention) = (self.database.clone(), self.retention);
        tokio::spawn(async move {
            let done = maintenance::run(&database, &retention, Utc::now(), BUDGET).await;
            drop(begun);
            report(done);
        });
    }
}

/// What is not done is due the next time, so that a failure is worth a line and nothing more.
fn report(done: Result<Done, model::Error>) {
    match done {
        Ok(Done {
            hours: 0, days: 0, parts_made: 0, parts_dropped: 0, rows_deleted: 0, ..
        }) => {}
        Ok(done) => debug!(?done, "Maintained the store"),
        Err(error) => {
            let error = &error as &dyn StdError;
            warn!(error, "Could not maintain the store");
        }
    }
}
