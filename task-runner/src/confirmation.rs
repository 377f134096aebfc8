//! Confirmation: what a failed attempt is followed by, so that a lost packet is told from an outage.

use std::time::Duration;

use model::Failure;

/// 200 ms before the third attempt: a switch, a leader election or a full queue has had its time.
const PAUSE: Duration = Duration::from_millis(200);

/// When and for how long a step is attempted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Again {
    pub(crate) pause: Duration,
    pub(crate) limit: Duration,
}

/// Whether a step that failed so, at its `attempt`-th attempt within `limit`, is attempted again:
/// at once, and once more after a pause. All of it ends within twice the step's own limit.
pub(crate) fn after(failure: Failure, attempt: usize, limit: Duration) -> Option<Again> {
    match (failure, attempt) {
        _ if is_final(failure) || !is_momentary(failure) => None,
        // Who waited that long has been patient: half of it is enough to see whether it was a
        // lost packet, and the round has other steps.
        (Failure::Timeout, 1) => Some(Again { pause: Duration::ZERO, limit: limit / 2 }),
        (Failure::Timeout, _) => None,
        // The next one would be refused for its number as well.
        (Failure::Throttled, 1 | 2) => Some(Again { pause: PAUSE, limit }),
        (_, 1) => Some(Again { pause: Duration::ZERO, limit }),
        (_, 2) => Some(Again { pause: PAUSE, limit }),
        _ => None,
    }
}

/// The failure is ours and stays: a wrong name, a refused key, a socket that cannot be had.
pub(crate) fn is_final(failure: Failure) -> bool {
    use Failure::{Clock, Configuration, Credentials, Local};
    matches!(failure, Configuration | Credentials | Clock | Local)
}

/// The next moment may be another. A refusal by a 4xx, or what did not come in all the time that
/// it was waited for, is only worth another run of the probe.
fn is_momentary(failure: Failure) -> bool {
    use Failure::{Http4xx, HttpStatus, Impaired, NotVisible};
    !matches!(failure, Http4xx | HttpStatus | NotVisible | Impaired)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[test]
    fn a_failed_attempt_is_repeated_at_once_and_after_a_pause() {
        let at_once = Again { pause: Duration::ZERO, limit: LIMIT };
        assert_eq!(after(Failure::Connect, 1, LIMIT), Some(at_once));
        assert_eq!(after(Failure::Http5xx, 2, LIMIT), Some(Again { pause: PAUSE, limit: LIMIT }));
        assert_eq!(after(Failure::Connect, 3, LIMIT), None);
    }

    #[test]
    fn who_waited_for_nothing_waits_half_as_long_again() {
        let half = Again { pause: Duration::ZERO, limit: LIMIT / 2 };
        assert_eq!(after(Failure::Timeout, 1, LIMIT), Some(half));
        assert_eq!(after(Failure::Timeout, 2, LIMIT / 2), None);
    }

    #[test]
    fn what_cannot_change_is_not_repeated() {
        for failure in [Failure::Credentials, Failure::Configuration, Failure::NotVisible] {
            assert_eq!(after(failure, 1, LIMIT), None, "{failure:?}");
        }
    }
}
