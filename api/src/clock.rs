//! What time it is: the machine's, or a fixed one where answers must be the same every time.

use chrono::{DateTime, Utc};

/// A source of the present time.
#[derive(Clone, Copy, Debug)]
pub struct Clock(fn() -> DateTime<Utc>);

impl Clock {
    /// The machine's clock.
    pub const MACHINE: Self = Self(Utc::now);

    /// A clock that shows what `now` returns.
    pub const fn showing(now: fn() -> DateTime<Utc>) -> Self {
        Self(now)
    }

    /// The present time.
    pub fn now(self) -> DateTime<Utc> {
        self.0()
    }
}
