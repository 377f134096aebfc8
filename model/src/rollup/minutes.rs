//! The statuses of an hour's sixty minutes, packed: half a byte each.

use std::ops::Range;

use chrono::{DateTime, Timelike, Utc};
use sea_orm::DeriveValueType;

use crate::{Counts, Status};

const MINUTES: usize = 60;

/// 30 bytes; 0 is a minute without a measurement, else the status's number and 1.
#[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
pub struct Minutes(Vec<u8>);

impl Default for Minutes {
    fn default() -> Self {
        Self(vec![0; MINUTES / 2])
    }
}

impl Minutes {
    /// Notes the status of a slot, unless there is one. Answers whether it was new.
    pub(crate) fn set(&mut self, slot: DateTime<Utc>, status: Status) -> bool {
        let minute = position(slot);
        let is_new = self.get(minute).is_none();
        if is_new && let Some(byte) = self.0.get_mut(minute / 2) {
            *byte |= number(status) << shift(minute);
        }
        is_new
    }

    /// The status of a minute, of 0 to 59, if it was measured.
    pub(crate) fn get(&self, minute: usize) -> Option<Status> {
        match self.0.get(minute / 2)? >> shift(minute) & 0x0f {
            1 => Some(Status::Up),
            2 => Some(Status::Degraded),
            3 => Some(Status::Down),
            4 => Some(Status::Unknown),
            _ => None,
        }
    }

    /// The minutes in this range that were measured, ascending.
    pub(crate) fn of(&self, minutes: Range<usize>) -> impl Iterator<Item = (usize, Status)> {
        minutes.filter_map(|minute| Some((minute, self.get(minute)?)))
    }

    /// How often each status occurs in this range of minutes; nothing is expected.
    pub(crate) fn counts(&self, minutes: Range<usize>) -> Counts {
        let mut counts = Counts::default();
        self.of(minutes).for_each(|(_, status)| counts.count(status));
        counts
    }

    /// Whether every minute of `other` is known here too.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.of(0..MINUTES).all(|(minute, _)| self.get(minute).is_some())
    }
}

/// Where a slot stands in its hour.
fn position(slot: DateTime<Utc>) -> usize {
    usize::try_from(slot.minute()).unwrap_or(0)
}

fn shift(minute: usize) -> usize {
    4 * (minute % 2)
}

fn number(status: Status) -> u8 {
    match status {
        Status::Up => 1,
        Status::Degraded => 2,
        Status::Down => 3,
        Status::Unknown => 4,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn slot(minute: usize) -> DateTime<Utc> {
        let hour: DateTime<Utc> = "2026-11-19T18:00:00Z".parse().unwrap();
        hour + TimeDelta::minutes(i64::try_from(minute).unwrap())
    }

    #[test]
    fn sixty_minutes_are_read_back_as_they_were_set() {
        use Status::*;
        let statuses = [Some(Up), None, Some(Degraded), Some(Down), Some(Unknown), None, Some(Up)];
        let expected = |minute: usize| statuses[minute % statuses.len()];
        let mut minutes = Minutes::default();
        for minute in 0..MINUTES {
            if let Some(status) = expected(minute) {
                assert!(minutes.set(slot(minute), status));
            }
        }
        for minute in 0..MINUTES {
            assert_eq!(minutes.get(minute), expected(minute), "minute {minute}");
        }
        assert_eq!(minutes.0.len(), 30);
    }

    #[test]
    fn a_minute_keeps_its_first_status() {
        let mut minutes = Minutes::default();
        assert!(minutes.set(slot(7), Status::Down));
        assert!(!minutes.set(slot(7), Status::Up));
        assert_eq!(minutes.get(7), Some(Status::Down));
    }

    #[test]
    fn counts_stop_at_the_range() {
        let mut minutes = Minutes::default();
        (0..MINUTES).for_each(|minute| assert!(minutes.set(slot(minute), Status::Up)));
        assert_eq!(minutes.counts(10..25), Counts { up: 15, ..Counts::default() });
    }

    #[test]
    fn more_minutes_cover_fewer() {
        let (mut more, mut fewer) = (Minutes::default(), Minutes::default());
        more.set(slot(1), Status::Up);
        more.set(slot(2), Status::Up);
        fewer.set(slot(2), Status::Down);
        assert!(more.covers(&fewer) && !fewer.covers(&more));
    }
}
