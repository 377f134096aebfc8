//! A slot: the minute a run belongs to.

use chrono::{DateTime, TimeDelta, Utc};

use crate::window::Width;

/// One round a minute: the resolution that operators and the stored rows agree on.
pub const LENGTH: TimeDelta = TimeDelta::minutes(1);

/// The slot that contains `time`: its minute's start.
pub fn containing(time: DateTime<Utc>) -> DateTime<Utc> {
    Width::Minute.start_of(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_the_start_of_its_minute() {
        let time = "2026-11-19T18:04:59.999Z".parse().unwrap();
        assert_eq!(containing(time).to_rfc3339(), "2026-11-19T18:04:00+00:00");
    }

    #[test]
    fn a_slot_contains_itself() {
        let time = "2026-11-19T18:04:00Z".parse().unwrap();
        assert_eq!(containing(time), time);
    }
}
