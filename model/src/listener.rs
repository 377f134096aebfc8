//! Hearing of rounds as they are recorded.
//!
//! PostgreSQL tells of each one, on a connection that is used for nothing else. SQLite tells
//! nobody: it is looked at. Whoever waits looks from time to time in either case, so that a
//! notification that was lost costs a few seconds and nothing more.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DbBackend,
    sqlx::{
        Error,
        postgres::{PgListener, PgPoolOptions},
    },
};
use tokio::time::{Instant, sleep, timeout};

use crate::{Database, round};

/// 250 ms between two looks at SQLite, or at a PostgreSQL that cannot be listened to: a look reads
/// one row, and a round is known well within a second.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// 5 s between two looks while PostgreSQL tells: only what got lost is found by them.
const LOOK_ANYWAY_EVERY: Duration = Duration::from_secs(5);

/// 2 s between two attempts to listen, and for each of them.
const RETRY_EVERY: Duration = Duration::from_secs(2);

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The database told of a round, or may have told while nobody listened.
    Word,
    /// Time has passed.
    Nothing,
}

/// Waits for rounds.
#[derive(Debug)]
pub struct Listener {
    database: Database,
    ear: Option<PgListener>,
    deaf_until: Option<Instant>,
}

impl Listener {
    /// A listener at `database`. It connects when it waits for the first time.
    pub fn at(database: &Database) -> Self {
        Self { database: database.clone(), ear: None, deaf_until: None }
    }

    /// Waits until it is worth a look whether there is a new round. Never fails: a database that
    /// is away is looked at again and again.
    pub async fn wait(&mut self) -> Heard {
        if self.database.get_database_backend() != DbBackend::Postgres {
            sleep(LOOK_EVERY).await;
            return Heard::Nothing;
        }
        let Some(ear) = &mut self.ear else { return self.listen().await };
        match timeout(LOOK_ANYWAY_EVERY, ear.try_recv()).await {
            Err(_) => Heard::Nothing,
            Ok(Ok(Some(_))) => Heard::Word,
            Ok(Ok(None) | Err(_)) => {
                self.distrust();
                self.listen().await
            }
        }
    }

    /// Listens anew: there was a round of which nobody was told.
    pub fn distrust(&mut self) {
        self.ear = None;
    }

    /// Begins to listen, unless that failed just now.
    async fn listen(&mut self) -> Heard {
        let is_due = self.deaf_until.is_none_or(|until| until <= Instant::now());
        if is_due && let Ok(Ok(ear)) = timeout(RETRY_EVERY, connect(&self.database)).await {
            self.ear = Some(ear);
            return Heard::Word;
        }
        if is_due {
            self.deaf_until = Some(Instant::now() + RETRY_EVERY);
        }
        sleep(LOOK_EVERY).await;
        Heard::Nothing
    }
}

/// A connection of its own: one of the pool would be missing there.
async fn connect(database: &Database) -> Result<PgListener, Error> {
    let options = database.connection().get_postgres_connection_pool().connect_options();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_lazy_with((*options).clone());
    let mut ear = PgListener::connect_with(&pool).await?;
    ear.eager_reconnect(false);
    ear.listen(round::CHANNEL).await?;
    Ok(ear)
}
