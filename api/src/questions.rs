//! How many questions the database is asked at once.

use std::sync::Arc;

use model::database;
use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All connections but two: `/readyz` must not wait behind the answers.
const AT_ONCE: usize = database::CONNECTIONS as usize - 2;

/// 2: each fills a core and some megabytes while it is computed.
const LARGE_AT_ONCE: usize = 2;

/// 256: at 10 ms a question the last of them is answered in half a second. More would only wait
/// until their patience ends, and take memory meanwhile.
const WAITING: usize = 256;

/// The places at the database, and in the queue before it.
#[derive(Clone, Debug)]
pub struct Questions {
    queue: Arc<Semaphore>,
    places: Arc<Semaphore>,
    large: Arc<Semaphore>,
    counts: Counts,
}

/// How much work a question is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Some hundred rows.
    Small,
    /// Up to tens of thousands, folded into one answer.
    Large,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    asked: Counter,
    turned_away: Counter,
    waiting: Gauge,
    in_progress: Gauge,
}

/// A place at the database, as long as this lives.
#[derive(Debug)]
pub struct Place {
    _in_progress: Counted,
    _place: OwnedSemaphorePermit,
    _large: Option<OwnedSemaphorePermit>,
    _queue: OwnedSemaphorePermit,
}

/// The queue is full.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

impl Questions {
    /// All places free; what happens to them is counted in `registry`.
    pub fn register(registry: &mut Registry) -> Self {
        let counts = Counts::default();
        let Counts { asked, turned_away, waiting, in_progress } = counts.clone();
        registry.register("database_questions", "Questions to the database", asked);
        registry.register(
            "database_questions_turned_away",
            "Questions for which there was no room in the queue",
            turned_away,
        );
        registry.register("database_questions_waiting", "Questions in the queue", waiting);
        registry.register(
            "database_questions_in_progress",
            "Questions that the database is answering",
            in_progress,
        );
        Self {
            queue: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            large: Arc::new(Semaphore::new(LARGE_AT_ONCE)),
            counts,
        }
    }

    /// Waits for a place, in the order of arrival.
    ///
    /// # Errors
    /// [`Full`], at once, when too many wait already.
    pub async fn place(&self, size: Size) -> Result<Place, Full> {
        let Ok(queue) = Arc::clone(&self.queue).try_acquire_owned() else {
            self.counts.turned_away.inc();
            return Err(Full);
        };
        let waiting = Counted::in_(&self.counts.waiting);
        // Nobody closes the semaphores.
        let large = match size {
            Size::Small => None,
            Size::Large => Some(Arc::clone(&self.large).acquire_owned().await.map_err(|_| Full)?),
        };
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Full)?;
        drop(waiting);
        self.counts.asked.inc();
        let in_progress = Counted::in_(&self.counts.in_progress);
        Ok(Place { _in_progress: in_progress, _place: place, _large: large, _queue: queue })
    }
}

/// Counts as one as long as it lives, also where a request is given up.
#[derive(Debug)]
struct Counted(Gauge);

impl Counted {
    fn in_(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test]
    async fn questions_beyond_the_queue_are_turned_away_at_once() {
        let questions = Questions::register(&mut Registry::default());
        let mut asking = JoinSet::new();
        for _ in 0..AT_ONCE + WAITING {
            let questions = questions.clone();
            asking.spawn(async move {
                (questions.place(Size::Small).await, std::future::pending::<()>().await)
            });
        }
        // Within one turn the runtime starts only some of them.
        for _ in 0..AT_ONCE + WAITING {
            tokio::task::yield_now().await;
        }
        assert_eq!(questions.counts.in_progress.get(), AT_ONCE as i64);
        assert_eq!(questions.counts.waiting.get(), WAITING as i64);
        assert_eq!(questions.place(Size::Small).await.map(drop), Err(Full));
        asking.shutdown().await;
        assert_eq!(questions.counts.in_progress.get() + questions.counts.waiting.get(), 0);
        assert!(questions.place(Size::Small).await.is_ok());
    }

    #[tokio::test]
    async fn large_questions_leave_places_to_small_ones() {
        let questions = Questions::register(&mut Registry::default());
        let _first = questions.place(Size::Large).await;
        let _second = questions.place(Size::Large).await;
        let (small, large) = (questions.place(Size::Small), questions.place(Size::Large));
        tokio::select! {
            biased;
            place = large => panic!("a third large question has {place:?}"),
            place = small => assert!(place.is_ok()),
        }
    }
}
