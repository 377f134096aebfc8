//! Work in progress, shared by everyone who waits for its outcome.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

type Waiting<T> = watch::Receiver<Option<T>>;

/// The work in progress, by what is asked for.
#[derive(Debug)]
pub(super) struct Flights<T>(Arc<Mutex<HashMap<String, Waiting<T>>>>);

/// What became of a request.
#[derive(Debug)]
pub(super) enum Boarding<T> {
    /// It was done a moment ago.
    Done(T),
    /// Someone else asked for the same before; `None` if that broke off.
    Joined(Option<T>),
    /// This request was the first; `None` if the work broke off.
    First(Option<T>),
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// None in progress.
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Waits for the outcome of the work for `key`: of that in progress, else of `work`, which goes on
    /// whoever still waits for it. `done` looks once more whether there is an outcome already.
    pub(super) async fn board<W>(
        &self,
        key: &str,
        done: impl Fn() -> Option<T>,
        work: impl FnOnce() -> W,
    ) -> Boarding<T>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let (waiting, is_first) = {
            let mut flights = locked(&self.0);
            match flights.get(key) {
                Some(waiting) => (waiting.clone(), false),
                None => {
                    // Between the caller's look and this one a flight may have landed.
                    if let Some(outcome) = done() {
                        return Boarding::Done(outcome);
                    }
                    let (landed, waiting) = watch::channel(None);
                    flights.insert(key.to_owned(), waiting.clone());
                    let flight = Flight { flights: Arc::clone(&self.0), key: key.to_owned() };
                    tokio::spawn(flight.carry(work(), landed));
                    (waiting, true)
                }
            }
        };
        let outcome = outcome(waiting).await;
        if is_first { Boarding::First(outcome) } else { Boarding::Joined(outcome) }
    }
}

async fn outcome<T: Clone>(mut waiting: Waiting<T>) -> Option<T> {
    // It is closed without an outcome when the work panicked, or the program ends.
    let outcome = waiting.wait_for(Option::is_some).await.ok()?;
    outcome.clone()
}

/// A piece of work on its way; it is no longer in progress when this is dropped, however it ended.
struct Flight<T> {
    flights: Arc<Mutex<HashMap<String, Waiting<T>>>>,
    key: String,
}

impl<T> Flight<T> {
    async fn carry(self, work: impl Future<Output = T>, landed: watch::Sender<Option<T>>) {
        landed.send_replace(Some(work.await));
    }
}

impl<T> Drop for Flight<T> {
    fn drop(&mut self) {
        locked(&self.flights).remove(&self.key);
    }
}

/// The map is whole whenever the lock is free, also after a panic.
fn locked<T>(flights: &Mutex<HashMap<String, T>>) -> MutexGuard<'_, HashMap<String, T>> {
    flights.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::sync::Notify;

    use super::*;

    /// The outcome of a request that finds no other in progress, and of one that comes along.
    fn of<T>(boarding: Boarding<T>) -> (&'static str, Option<T>) {
        match boarding {
            Boarding::Done(outcome) => ("done", Some(outcome)),
            Boarding::Joined(outcome) => ("joined", outcome),
            Boarding::First(outcome) => ("first", outcome),
        }
    }

    #[tokio::test]
    async fn those_who_ask_at_once_share_one_outcome() {
        let flights = Flights::new();
        let ask = |answer| flights.board("key", || None, move || async move { answer });
        let (first, second, other) =
            tokio::join!(ask(1), ask(2), flights.board("other", || None, || async { 3 }));
        assert_eq!(of(first), ("first", Some(1)));
        assert_eq!(of(second), ("joined", Some(1)));
        assert_eq!(of(other), ("first", Some(3)));
        assert_eq!(of(ask(4).await), ("first", Some(4)), "an outcome is not kept");
    }

    #[tokio::test]
    async fn the_work_goes_on_when_the_first_goes_away() {
        let (flights, go_on) = (Arc::new(Flights::new()), Arc::new(Notify::new()));
        let started = Arc::new(Notify::new());
        let work = {
            let (started, go_on) = (Arc::clone(&started), Arc::clone(&go_on));
            move || async move {
                started.notify_one();
                go_on.notified().await;
                1
            }
        };
        let first = tokio::spawn({
            let flights = Arc::clone(&flights);
            async move { of(flights.board("key", || None, work).await) }
        });
        started.notified().await;
        first.abort();
        assert!(first.await.expect_err("an end").is_cancelled());
        go_on.notify_one();
        let second = flights.board("key", || None, || async { 2 }).await;
        assert_eq!(of(second), ("joined", Some(1)));
    }

    #[tokio::test]
    async fn work_that_panics_is_told_to_all_and_can_be_tried_again() {
        let flights = Flights::new();
        let fail = || flights.board("key", || None, || async { panic!("as wanted") });
        let (first, second): (Boarding<i32>, _) = tokio::join!(fail(), fail());
        assert_eq!((of(first), of(second)), (("first", None), ("joined", None)));
        assert_eq!(of(flights.board("key", || None, || async { 2 }).await), ("first", Some(2)));
    }

    #[tokio::test]
    async fn what_was_done_in_the_meantime_is_not_done_again() {
        let flights = Flights::new();
        let boarding = flights.board("key", || Some(1), || async { 2 }).await;
        assert_eq!(of(boarding), ("done", Some(1)));
    }
}
