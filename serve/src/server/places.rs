//! The places of a server, and who has to make room when all are taken.
//!
//! A client that sends half a request and then nothing holds a place as long as one that is idle
//! between two requests may: more than a minute. That is fine while there are places left.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep},
};

/// As many connections as there may be at once.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    limit: usize,
    crowded: watch::Sender<bool>,
}

impl Places {
    pub(super) fn new(limit: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(limit)), limit, crowded: watch::Sender::new(false) }
    }

    /// Whether clients wait for a place.
    pub(super) fn crowded(&self) -> watch::Receiver<bool> {
        self.crowded.subscribe()
    }

    /// Waits for a place.
    pub(super) async fn take(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        let free = self.free.available_permits();
        self.crowded.send_if_modified(|crowded| {
            // Until one in eight is free: whoever is connected looks up at each change.
            let now = free == 0 || (*crowded && free <= self.limit / 8);
            mem::replace(crowded, now) != now
        });
        Arc::clone(&self.free).acquire_owned().await
    }
}

/// Since when a client has sent no whole request; `None` while one of its own is answered.
#[derive(Clone, Debug)]
pub(super) struct Waiting(Arc<Mutex<Option<Instant>>>);

impl Waiting {
    /// The client has just connected.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Some(Instant::now()))))
    }

    /// A request has come; it is answered as long as the result lives.
    pub(super) fn answering(&self) -> Answering {
        self.set(None);
        Answering(self.clone())
    }

    /// Completes when clients wait for a place and this one has had `patience` for a request.
    pub(super) async fn overstayed(&self, mut crowded: watch::Receiver<bool>, patience: Duration) {
        while crowded.wait_for(|crowded| *crowded).await.is_ok() {
            let left =
                self.since().map_or(patience, |since| patience.saturating_sub(since.elapsed()));
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
        // The server ends, and says so in another way.
        std::future::pending().await
    }

    fn since(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

/// An answer that is not yet written.
#[derive(Debug)]
pub(super) struct Answering(Waiting);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.set(Some(Instant::now()));
    }
}
