//! A window of time, and the buckets that it is cut into.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::entity::prelude::*;

use crate::slot;

/// The slots from one time on and before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first time that belongs to it.
    pub from: DateTime<Utc>,
    /// The first time that no longer does.
    pub to: DateTime<Utc>,
}

/// How wide a bucket is. Buckets start on the minute, on the hour, or at midnight, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Width {
    /// One slot.
    #[sea_orm(num_value = 0)]
    Minute,
    /// Sixty slots.
    #[sea_orm(num_value = 1)]
    Hour,
    /// 1,440 slots.
    #[sea_orm(num_value = 2)]
    Day,
}

impl Width {
    /// How long a bucket is.
    pub fn length(self) -> TimeDelta {
        match self {
            Self::Minute => slot::LENGTH,
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    /// The start of the bucket that contains `time`.
    pub fn start_of(self, time: DateTime<Utc>) -> DateTime<Utc> {
        let length = self.length().num_seconds();
        let start = time.timestamp().div_euclid(length) * length;
        // Only chrono's first day has no start; a time in it stays as it is.
        DateTime::from_timestamp(start, 0).unwrap_or(time)
    }

    /// The end of the last bucket that has anything before `time`.
    pub(crate) fn end_of(self, time: DateTime<Utc>) -> DateTime<Utc> {
        let start = self.start_of(time);
        if start == time { time } else { start + self.length() }
    }
}

impl Window {
    /// The `length` before `now`.
    pub fn before(now: DateTime<Utc>, length: TimeDelta) -> Self {
        Self { from: now - length, to: now }
    }

    /// The newest slots, as many as `length` has, of which the last one is that of `now`.
    pub fn newest(now: DateTime<Utc>, length: TimeDelta) -> Self {
        Self::before(slot::containing(now) + slot::LENGTH, length)
    }

    /// The part that can be answered for: whole slots, and none that has not ended yet.
    pub fn ended(self, now: DateTime<Utc>) -> Self {
        let to = Width::Minute.end_of(self.to).min(slot::containing(now));
        Self { from: Width::Minute.end_of(self.from).min(to), to }
    }

    /// How many buckets of this width it takes to cover the window.
    pub fn buckets(self, width: Width) -> usize {
        let covered = width.end_of(self.to) - width.start_of(self.from);
        let buckets = covered.num_minutes() / width.length().num_minutes();
        if self.is_empty() { 0 } else { usize::try_from(buckets).unwrap_or(0) }
    }

    /// Where the bucket that contains `time` stands among the buckets of the window.
    pub(crate) fn position(self, width: Width, time: DateTime<Utc>) -> Option<usize> {
        let before = time.max(self.from) - width.start_of(self.from);
        let position = before.num_minutes() / width.length().num_minutes();
        (time < self.to).then(|| usize::try_from(position).ok()).flatten()
    }

    /// The start of every bucket, ascending; the first may be before the window's own start.
    pub(crate) fn starts(self, width: Width) -> impl Iterator<Item = DateTime<Utc>> {
        let first = width.start_of(self.from);
        std::iter::successors(Some(first), move |start| Some(*start + width.length()))
            .take(self.buckets(width))
    }

    /// The window in pieces of at most `most` buckets, cut where buckets start.
    pub(crate) fn pieces(self, width: Width, most: usize) -> impl Iterator<Item = Self> {
        // The window's own end bounds a piece whose length no duration can hold.
        let length = i32::try_from(most).map_or(TimeDelta::MAX, |most| width.length() * most);
        self.starts(width).step_by(most).map(move |from| {
            let to = from.checked_add_signed(length).unwrap_or(self.to);
            Self { from, to }.and(self)
        })
    }

    /// What both windows have.
    pub(crate) fn and(self, other: Self) -> Self {
        let to = self.to.min(other.to);
        Self { from: self.from.max(other.from).min(to), to }
    }

    /// How many slots are in it, when it is of whole slots.
    pub(crate) fn slots(self) -> i64 {
        (self.to - self.from).num_minutes().max(0)
    }

    /// Whether no time is in it.
    pub fn is_empty(self) -> bool {
        self.from >= self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        format!("2026-11-{text}Z").parse().unwrap()
    }

    #[test]
    fn the_minute_in_progress_is_not_in_an_ended_window() {
        let now = time("19T18:04:30");
        let window = Window::before(now, TimeDelta::minutes(2)).ended(now);
        assert_eq!(window, Window { from: time("19T18:03:00"), to: time("19T18:04:00") });
        assert_eq!(window.slots(), 1);
    }

    #[test]
    fn a_window_in_the_future_is_empty() {
        let window = Window { from: time("20T00:00:00"), to: time("21T00:00:00") };
        assert!(window.ended(time("19T18:04:30")).is_empty());
        assert_eq!(window.ended(time("19T18:04:30")).buckets(Width::Day), 0);
    }

    #[test]
    fn buckets_start_where_they_should_in_every_century() {
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (any, start) in [
            ("0001-02-03T18:04:30.5Z", "0001-02-03T00:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T00:00:00Z"),
            ("2026-11-19T00:00:00Z", "2026-11-19T00:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T00:00:00Z"),
        ] {
            assert_eq!(Width::Day.start_of(time(any)), time(start), "{any}");
        }
    }

    #[test]
    fn a_reversed_window_is_empty() {
        let window = Window { from: time("20T00:00:00"), to: time("19T00:00:00") };
        assert!(window.ended(time("28T00:00:00")).is_empty());
    }

    #[test]
    fn buckets_cover_the_window_and_are_found_by_time() {
        let window = Window { from: time("19T18:30:00"), to: time("20T00:01:00") };
        assert_eq!(window.buckets(Width::Hour), 7);
        assert_eq!(window.buckets(Width::Day), 2);
        assert_eq!(window.starts(Width::Day).last(), Some(time("20T00:00:00")));
        for (position, start) in window.starts(Width::Hour).enumerate() {
            assert_eq!(window.position(Width::Hour, start), Some(position), "{start}");
        }
        assert_eq!(window.position(Width::Minute, time("19T18:31:00")), Some(1));
        assert_eq!(window.position(Width::Hour, window.to), None);
    }
}
