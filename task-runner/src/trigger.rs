//! Which slot a trigger means.

use chrono::{DateTime, TimeDelta, Utc};
use model::slot;

use crate::error::Error;

/// 10 min: more than two clocks that anybody looks after are apart.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// 13 months, for which measurements are kept: a row for an older slot would be dropped again.
const KEPT: TimeDelta = TimeDelta::days(396);

/// The slot that `scheduled`, the scheduler's own time, belongs to; the present one without it.
///
/// # Errors
/// For what is no time, and for a slot that is too far ahead or older than what is kept.
pub fn slot(scheduled: Option<&str>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    let time = match scheduled {
        None => now,
        Some(text) => DateTime::parse_from_rfc3339(text.trim())
            .map_err(|_| Error::MalformedSchedule(text.chars().take(60).collect()))?
            .to_utc(),
    };
    let slot = slot::containing(time);
    if slot > now + AHEAD {
        return Err(Error::FutureSlot { slot, ahead: AHEAD });
    }
    if slot < now - KEPT {
        return Err(Error::PastSlot { slot, kept: KEPT });
    }
    Ok(slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-19T18:04:30Z".parse().unwrap()
    }

    fn of(scheduled: &str) -> Result<String, Error> {
        Ok(slot(Some(scheduled), now())?.to_rfc3339())
    }

    #[test]
    fn the_schedulers_time_decides() {
        assert_eq!(of("2026-11-19T19:03:00.123+01:00").unwrap(), "2026-11-19T18:03:00+00:00");
        let of_now = slot(None, now()).unwrap();
        assert_eq!(of_now.to_rfc3339(), "2026-11-19T18:04:00+00:00");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "now", "2026-11-19", "2026-11-19T18:04:00", "'; drop table run; --"] {
            assert!(matches!(of(text), Err(Error::MalformedSchedule(_))), "{text}");
        }
    }

    #[test]
    fn slots_out_of_bounds_are_refused() {
        assert!(of("2026-11-19T18:14:00Z").is_ok());
        assert!(matches!(of("2026-11-19T18:15:00Z"), Err(Error::FutureSlot { .. })));
        assert!(matches!(of("9999-12-31T00:00:00Z"), Err(Error::FutureSlot { .. })));
        assert!(of("2025-10-20T06:48:00Z").is_ok());
        assert!(matches!(of("2025-10-01T00:00:00Z"), Err(Error::PastSlot { .. })));
        assert!(matches!(of("0001-01-01T00:00:00Z"), Err(Error::PastSlot { .. })));
    }
}
