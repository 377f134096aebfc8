//! How often something was up, degraded, down and unknown, and what share that is.

use std::ops::AddAssign;

use crate::Status;

/// Slots by status, of the slots in which a measurement was expected.
///
/// `good` is up and degraded; `judged` is good and down. What nobody could say, and what nobody
/// measured, is not judged: it narrows the coverage and widens the bounds, and is never green.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Slots in which it worked.
    pub up: i64,
    /// Slots in which it worked for some, or slowly.
    pub degraded: i64,
    /// Slots in which it did not work.
    pub down: i64,
    /// Slots that were measured, and of which nobody could say how it stood.
    pub unknown: i64,
    /// All slots since it was first measured, whether there is a measurement or not.
    pub expected: i64,
}

impl Counts {
    /// Slots that were up or degraded.
    pub fn good(self) -> i64 {
        self.up + self.degraded
    }

    /// Slots that were up, degraded or down.
    pub fn judged(self) -> i64 {
        self.good() + self.down
    }

    /// The share of the judged slots that were good; `None` when none was judged.
    pub fn uptime(self) -> Option<f64> {
        share(self.good(), self.judged())
    }

    /// The share of the expected slots that were judged; `None` when none was expected.
    pub fn coverage(self) -> Option<f64> {
        share(self.judged(), self.expected)
    }

    /// The uptime if every slot that was not judged had been down.
    pub fn low(self) -> Option<f64> {
        share(self.good(), self.expected)
    }

    /// The uptime if every slot that was not judged had been up.
    pub fn high(self) -> Option<f64> {
        share(self.good() + self.expected - self.judged(), self.expected)
    }

    /// Counts one more slot with this status.
    pub(crate) fn count(&mut self, status: Status) {
        match status {
            Status::Up => self.up += 1,
            Status::Degraded => self.degraded += 1,
            Status::Down => self.down += 1,
            Status::Unknown => self.unknown += 1,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.up += other.up;
        self.degraded += other.degraded;
        self.down += other.down;
        self.unknown += other.unknown;
        self.expected += other.expected;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of at most some billions of slots")]
fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_judged_narrows_the_coverage_and_widens_the_bounds() {
        let counts = Counts { up: 50, degraded: 10, down: 20, unknown: 5, expected: 100 };
        assert_eq!(counts.uptime(), Some(0.75));
        assert_eq!(counts.coverage(), Some(0.8));
        assert_eq!((counts.low(), counts.high()), (Some(0.6), Some(0.8)));
    }

    #[test]
    fn of_nothing_there_is_no_share() {
        let silent = Counts { expected: 60, ..Counts::default() };
        assert_eq!((silent.uptime(), silent.coverage()), (None, Some(0.0)));
        assert_eq!((silent.low(), silent.high()), (Some(0.0), Some(1.0)));
        assert_eq!(Counts::default().coverage(), None);
    }
}
