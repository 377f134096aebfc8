//! Pauses between attempts that grow.

use std::time::Duration;

/// 0.2 s: a hiccup is over by then.
const FIRST: Duration = Duration::from_millis(200);
/// 5 s: after an outage votes should move again soon, and one attempt in 5 s burdens nobody.
const LONGEST: Duration = Duration::from_secs(5);

/// Pauses that double, up to 5 s.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Backoff {
    /// How long to wait before the next attempt.
    pub(super) fn next_pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = LONGEST.min(pause * 2);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_seconds_and_no_further() {
        let mut backoff = Backoff::default();
        let pauses: Vec<u128> = (0..7).map(|_| backoff.next_pause().as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1600, 3200, 5000, 5000]);
    }
}
