//! What time it is: the machine's, or a fixed one where answers must be the same every time.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

/// A source of the present time.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Source);

#[derive(Clone, Copy, Debug)]
enum Source {
    Machine,
    Shown(fn() -> DateTime<Utc>),
}

/// When the machine's clock was first asked how long it has run.
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock {
    /// The machine's clock.
    pub const MACHINE: Self = Self(Source::Machine);

    /// A clock that shows what `now` returns.
    pub const fn showing(now: fn() -> DateTime<Utc>) -> Self {
        Self(Source::Shown(now))
    }

    /// The present time.
    pub fn now(self) -> DateTime<Utc> {
        match self.0 {
            Source::Machine => Utc::now(),
            Source::Shown(now) => now(),
        }
    }

    /// How long this clock has run, to tell how old something is: it goes on evenly while the
    /// machine's time is set forward or back.
    pub fn running(self) -> Duration {
        match self.0 {
            Source::Machine => STARTED.elapsed(),
            // Before 1970 no time has passed.
            Source::Shown(now) => (now() - DateTime::UNIX_EPOCH).to_std().unwrap_or_default(),
        }
    }
}
