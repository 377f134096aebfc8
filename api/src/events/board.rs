//! The board on which rounds are posted, and from which every client reads.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{broadcast, watch},
    time::timeout,
};

use super::event::Event;

/// 256 rounds, of some kilobytes each, that a client may be behind: with ten regions, 25 minutes.
const CAPACITY: usize = 256;

/// What was posted lately, and those who wait for more.
#[derive(Debug)]
pub(super) struct Board {
    lately: Mutex<Lately>,
    position: watch::Sender<Option<i64>>,
}

#[derive(Debug)]
struct Lately {
    /// Absent when the board is closed.
    posts: Option<broadcast::Sender<Event>>,
    events: VecDeque<Event>,
}

/// Why a client that has seen a certain round cannot just wait for the next one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outside {
    /// It missed more than the board has: the newest round is this one.
    Behind(i64),
    /// Nobody knows yet which round is the newest.
    NotYet,
    /// Nothing will be posted any more.
    Closed,
}

/// What was missed, and what comes.
pub(super) type Posts = (Vec<Event>, broadcast::Receiver<Event>);

impl Board {
    /// A board on which nothing was posted yet.
    pub(super) fn new() -> Self {
        let posts = Some(broadcast::Sender::new(CAPACITY));
        let lately = Lately { posts, events: VecDeque::with_capacity(CAPACITY) };
        Self { lately: Mutex::new(lately), position: watch::Sender::new(None) }
    }

    /// The number of the newest round; absent until it is known.
    pub(super) fn position(&self) -> Option<i64> {
        *self.position.borrow()
    }

    /// The same, for whoever can wait a little while for it.
    pub(super) async fn position_within(&self, patience: Duration) -> Option<i64> {
        let mut position = self.position.subscribe();
        timeout(patience, position.wait_for(Option::is_some))
            .await
            .ok()?
            .ok()
            .and_then(|seen| *seen)
    }

    /// Posts a round, for everyone.
    pub(super) fn post(&self, event: Event) {
        let mut lately = self.lock();
        if lately.events.len() == CAPACITY {
            lately.events.pop_front();
        }
        lately.events.push_back(event.clone());
        self.position.send_replace(Some(event.sequence()));
        // Without a listener it is posted all the same: one that comes back may ask for it.
        lately.posts.as_ref().map(|posts| posts.send(event));
    }

    /// Goes on after these rounds, of which the newest has this number: at the start, and where
    /// numbers have leapt. Who waits then is sent away, and learns when coming back what was missed.
    pub(super) fn go_on_after(&self, events: Vec<Event>, newest: i64) {
        let mut lately = self.lock();
        lately.events = events.into();
        if self.position().is_some() && lately.posts.is_some() {
            lately.posts = Some(broadcast::Sender::new(CAPACITY));
        }
        self.position.send_replace(Some(newest));
    }

    /// Lets a client in that has seen the round `after`, or wants only what comes next.
    pub(super) fn join(&self, after: Option<i64>) -> Result<Posts, Outside> {
        let lately = self.lock();
        let posts = lately.posts.as_ref().ok_or(Outside::Closed)?;
        let Some(after) = after else { return Ok((Vec::new(), posts.subscribe())) };
        let position = self.position().ok_or(Outside::NotYet)?;
        let oldest = lately.events.front().map_or(position + 1, Event::sequence);
        if after > position || after + 1 < oldest {
            return Err(Outside::Behind(position));
        }
        let missed = lately.events.iter().filter(|event| event.sequence() > after);
        Ok((missed.cloned().collect(), posts.subscribe()))
    }

    /// Sends everyone away, and lets nobody in any more.
    pub(super) fn close(&self) {
        self.lock().posts = None;
    }

    fn lock(&self) -> MutexGuard<'_, Lately> {
        // Nothing in here can panic half-way.
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use model::round::Numbered;

    use super::*;

    fn event(sequence: i64) -> Event {
        let (region, slot) = ("us-east-1".to_owned(), DateTime::UNIX_EPOCH);
        let (measurements, changes) = (Vec::new(), Vec::new());
        Event::of(Numbered { sequence, region, slot, measurements, changes, incidents: vec![] })
    }

    fn board(posts: impl Iterator<Item = i64>) -> Board {
        let board = Board::new();
        board.go_on_after(Vec::new(), 9);
        posts.for_each(|sequence| board.post(event(sequence)));
        board
    }

    fn missed(board: &Board, after: i64) -> Option<Vec<i64>> {
        let (missed, _) = board.join(Some(after)).ok()?;
        Some(missed.iter().map(Event::sequence).collect())
    }

    #[test]
    fn who_comes_back_gets_what_was_posted_meanwhile() {
        let board = board(10..=12);
        assert_eq!(missed(&board, 12), Some(vec![]));
        assert_eq!(missed(&board, 10), Some(vec![11, 12]));
        assert_eq!(missed(&board, 9), Some(vec![10, 11, 12]));
    }

    #[test]
    fn who_was_away_for_longer_must_look_elsewhere() {
        assert_eq!(missed(&board(10..=12), 8), None);
        let full = 9 + i64::try_from(CAPACITY).expect("a small number");
        assert_eq!(missed(&board(10..=full), 9).map(|missed| missed.len()), Some(CAPACITY));
        assert_eq!(missed(&board(10..=full + 1), 9), None);
    }

    #[test]
    fn a_number_that_was_never_given_out_is_not_believed() {
        assert_eq!(board(10..=12).join(Some(13)).err(), Some(Outside::Behind(12)));
    }

    #[test]
    fn a_board_that_knows_nothing_yet_asks_for_patience() {
        assert_eq!(Board::new().join(Some(3)).err(), Some(Outside::NotYet));
        assert!(Board::new().join(None).is_ok());
    }

    #[test]
    fn who_is_too_slow_learns_it() {
        let board = board(10..=10);
        let (_, mut posts) = board.join(None).expect("let in");
        (11..).take(CAPACITY + 1).for_each(|sequence| board.post(event(sequence)));
        let lagged = posts.try_recv().expect_err("too slow");
        assert!(matches!(lagged, broadcast::error::TryRecvError::Lagged(1)), "{lagged}");
    }

    #[test]
    fn a_board_that_closes_sends_everyone_away() {
        let board = board(10..=10);
        let (_, mut posts) = board.join(None).expect("let in");
        board.close();
        assert_eq!(posts.try_recv().err(), Some(broadcast::error::TryRecvError::Closed));
        assert_eq!(board.join(None).err(), Some(Outside::Closed));
    }
}
