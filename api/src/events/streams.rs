//! What the streams of all clients share, and how many there may be.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;

use model::Database;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{announcer, board::Board, filter::Filter, follower::Follower};
use crate::error::ApiError;

/// 2 at once read from the database what they missed: when everyone comes back after a break, the
/// other questions go on being answered.
const REPLAYS: usize = 2;

/// 1 s: a database that is well says within milliseconds which round is the newest, and one that
/// is away need not be waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// The streams of all clients. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Streams(Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) database: Database,
    pub(super) board: Arc<Board>,
    /// A place for each that may still read what it missed.
    pub(super) replays: Semaphore,
    places: Arc<Semaphore>,
    limit: usize,
    opened: AtomicU64,
    /// Begun when the first client comes; ends with the last who knows it.
    announcing: OnceLock<JoinSet<()>>,
}

impl Streams {
    /// At most `limit` streams of the rounds in `database`.
    pub fn of(database: &Database, limit: usize) -> Self {
        Self(Arc::new(Shared {
            database: database.clone(),
            board: Arc::new(Board::new()),
            replays: Semaphore::new(REPLAYS),
            places: Arc::new(Semaphore::new(limit)),
            limit,
            opened: AtomicU64::new(0),
            announcing: OnceLock::new(),
        }))
    }

    /// Ends all streams, and lets none begin any more.
    pub fn close(&self) {
        self.0.board.close();
    }

    /// Begins a stream of what `filter` wants, after the round with the number `after`.
    pub(super) async fn follow(
        &self,
        filter: Filter,
        after: Option<i64>,
    ) -> Result<Follower, ApiError> {
        let shared = &self.0;
        let Ok(place) = Arc::clone(&shared.places).try_acquire_owned() else {
            return Err(ApiError::TooManyStreams { limit: shared.limit });
        };
        shared.announcing.get_or_init(|| {
            let mut announcing = JoinSet::new();
            announcing
                .spawn(announcer::announce(shared.database.clone(), Arc::clone(&shared.board)));
            announcing
        });
        let position = shared.board.position_within(PATIENCE).await;
        let seen = after.or(position);
        let number = shared.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Follower::new(Arc::clone(shared), place, filter, seen).opening(number))
    }
}
