//! One client's stream: what it missed, then what comes.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use model::round;
use tokio::{
    sync::{OwnedSemaphorePermit, broadcast::Receiver},
    time::{Instant, sleep_until, timeout_at},
};
use tracing::debug;

use super::{board::Outside, event::Event, filter::Filter, streams::Shared};

/// 15 s: proxies give up connections that are silent for 30 s and longer.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// 1,000 rounds: 100 minutes of ten regions, a megabyte or three. Who missed more is better off
/// with the answers to ordinary requests.
const MOST_MISSED: i64 = 1_000;

/// 20 rounds in one question: so many are held in memory for a client that is slow.
const PAGE: u64 = 20;

/// 1 s between two attempts to read what was missed.
const RETRY: Duration = Duration::from_secs(1);

/// One client's stream.
pub(crate) struct Follower {
    shared: Arc<Shared>,
    filter: Filter,
    /// The newest round that was sent or left out; absent while nobody knows which one it is.
    seen: Option<i64>,
    /// What to send next.
    ready: VecDeque<Bytes>,
    missed: VecDeque<Event>,
    /// Absent while there is something to catch up with.
    posts: Option<Receiver<Event>>,
    /// When the client has heard nothing for too long.
    heartbeat_at: Instant,
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// A stream that goes on after the round `seen`.
    pub(super) fn new(
        shared: Arc<Shared>,
        place: OwnedSemaphorePermit,
        filter: Filter,
        seen: Option<i64>,
    ) -> Self {
        Self {
            shared,
            filter,
            seen,
            ready: VecDeque::new(),
            missed: VecDeque::new(),
            posts: None,
            heartbeat_at: Instant::now() + HEARTBEAT,
            _place: place,
        }
    }

    /// Begins with where the client is and after how long it shall come back: the `number`s of
    /// streams are spread over 2 to 6 s, so that not all come back in the same moment.
    pub(super) fn opening(mut self, number: u64) -> Self {
        let retry_ms = 2_000 + number % 17 * 250;
        self.ready.push_back(format!("retry: {retry_ms}\n{}\n", self.place()).into());
        // Now, and not when the client reads for the first time. Who must catch up does so then.
        let _ = self.join();
        self
    }

    /// What to send next; `None` ends the stream. The client resumes after what it has seen.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        let next = loop {
            if let Some(bytes) = self.ready.pop_front() {
                break bytes;
            }
            if let Some(event) = self.missed.pop_front() {
                self.take(event);
            } else if self.heartbeat_at <= Instant::now() {
                break format!(":\n{}\n", self.place()).into();
            } else if self.posts.is_some() {
                self.wait().await?;
            } else {
                self.catch_up().await?;
            }
        };
        self.heartbeat_at = Instant::now() + HEARTBEAT;
        Some(next)
    }

    /// The line that tells the client where it is, so that it resumes after what was left out too.
    fn place(&self) -> String {
        self.seen.map(|seen| format!("id: {seen}\n")).unwrap_or_default()
    }

    fn take(&mut self, event: Event) {
        if self.seen.is_some_and(|seen| event.sequence() <= seen) {
            return;
        }
        self.seen = Some(event.sequence());
        if self.filter.wants(&event) {
            self.ready.push_back(event.bytes());
        }
    }

    /// Waits for the next round, or until a heartbeat is due.
    async fn wait(&mut self) -> Option<()> {
        let posts = self.posts.as_mut()?;
        tokio::select! {
            posted = posts.recv() => match posted {
                Ok(event) => self.take(event),
                // Too slow, or there is nothing more to come.
                Err(_) => return None,
            },
            () = sleep_until(self.heartbeat_at) => {}
        }
        Some(())
    }

    /// Comes nearer to what is posted now, until the board reaches back far enough.
    async fn catch_up(&mut self) -> Option<()> {
        match self.join() {
            Ok(()) => {}
            Err(Outside::Closed) => return None,
            Err(Outside::NotYet) => self.pause().await,
            Err(Outside::Behind(position)) => {
                let seen = self.seen.unwrap_or(position);
                if (0..=MOST_MISSED).contains(&(position - seen)) {
                    self.replay(seen, position).await;
                } else {
                    self.reset(position);
                }
            }
        }
        Some(())
    }

    /// Takes what the board has, and its posts from now on.
    fn join(&mut self) -> Result<(), Outside> {
        let (missed, posts) = self.shared.board.join(self.seen)?;
        self.missed.extend(missed);
        self.posts = Some(posts);
        Ok(())
    }

    /// Reads the rounds after `seen`, up to a page of them.
    async fn replay(&mut self, seen: i64, position: i64) {
        let read = {
            let turn = timeout_at(self.heartbeat_at, self.shared.replays.acquire()).await;
            let Ok(Ok(_turn)) = turn else { return };
            round::since(&self.shared.database, seen, PAGE).await
        };
        match read {
            // What was missed is not kept any more.
            Ok(rounds) if rounds.first().is_none_or(|round| round.sequence > seen + 1) => {
                self.reset(position);
            }
            Ok(rounds) => self.missed.extend(rounds.into_iter().map(Event::of)),
            Err(error) => {
                debug!(cause = ?error, "Cannot read what a client missed");
                self.pause().await;
            }
        }
    }

    /// Tells the client that there is a gap, and goes on after it.
    fn reset(&mut self, position: i64) {
        self.seen = Some(position);
        self.ready.push_back(format!("id: {position}\nevent: reset\ndata: {{}}\n\n").into());
    }

    async fn pause(&self) {
        sleep_until(self.heartbeat_at.min(Instant::now() + RETRY)).await;
    }
}
