//! Where the answer about a window lies: in the rollups of days and hours, and, for hours that
//! are due, in the measurements that their rollup does not know.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use crate::{
    Error, measurement,
    rollup::{
        Key, Minutes, Stored,
        due::{self, Due},
        hour::{self, Hour},
    },
    selection::Scope,
    window::{Width, Window},
};

/// Which part of a window is read where.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Whole days, read from their rollups.
    pub(crate) days: Vec<Window>,
    /// Whole hours, read from their rollups; the first and the last may reach over the window.
    pub(crate) hours: Vec<Window>,
    /// Those of the hours that are due, read from the measurements besides.
    pub(crate) due: Vec<Window>,
}

impl Plan {
    /// Plans how to read `window` in buckets of `width`, which days do not help for if it is
    /// shorter.
    pub(crate) async fn of(
        connection: &impl ConnectionTrait,
        scope: &Scope,
        window: Window,
        width: Width,
    ) -> Result<Self, Error> {
        let Some(window) = measured(scope, window) else { return Ok(Self::default()) };
        let due = due::within(connection, scope, window).await?;
        Ok(Self::given(&due, window, width))
    }

    /// As [`Plan::of`], in pieces of at most so many buckets, whose rows fit into little memory.
    pub(crate) async fn pieces(
        connection: &impl ConnectionTrait,
        scope: &Scope,
        window: Window,
        (width, at_once): (Width, usize),
    ) -> Result<Vec<Self>, Error> {
        let Some(window) = measured(scope, window) else { return Ok(Vec::new()) };
        let due = due::within(connection, scope, window).await?;
        // Hours are read whole: a piece that ended within one would share it with the next.
        let cut = if width == Width::Minute { Width::Hour } else { width };
        let pieces = window.pieces(cut, at_once);
        Ok(pieces.map(|piece| Self::given(&due, piece, width)).collect())
    }

    fn given(due: &Due, window: Window, width: Width) -> Self {
        let mut plan = Self::default();
        for start in window.starts(Width::Day) {
            let day = Window { from: start, to: start + Width::Day.length() };
            if width == Width::Day && day.and(window) == day && !due.days.contains(&start) {
                push(&mut plan.days, day);
            } else {
                let hours = day.and(window);
                let from = Width::Hour.start_of(hours.from);
                push(&mut plan.hours, Window { from, to: Width::Hour.end_of(hours.to) });
            }
        }
        for &from in due.hours.range(Width::Hour.start_of(window.from)..window.to) {
            let hour = Window { from, to: from + Width::Hour.length() };
            if plan.hours.iter().any(|hours| hour.and(*hours) == hour) {
                push(&mut plan.due, hour);
            }
        }
        plan
    }
}

impl Plan {
    /// Takes the hours out of the plan that are whole in `window` and not due: their counts need
    /// no minutes.
    pub(crate) fn take_whole_hours(&mut self, window: Window) -> Vec<Window> {
        let (mut whole, mut others) = (Vec::new(), Vec::new());
        for hours in std::mem::take(&mut self.hours) {
            for from in hours.starts(Width::Hour) {
                let hour = Window { from, to: from + Width::Hour.length() };
                let is_due = self.due.iter().any(|due| due.and(hour) == hour);
                let is_whole = hour.and(window) == hour && !is_due;
                push(if is_whole { &mut whole } else { &mut others }, hour);
            }
        }
        self.hours = others;
        whole
    }
}

/// The part of a window in which there can be measurements.
fn measured(scope: &Scope, window: Window) -> Option<Window> {
    let since = scope.measured_since()?;
    Some(Window { from: window.from.max(since).min(window.to), ..window })
}

/// Appends a window, or makes the last one longer if it follows at once.
fn push(windows: &mut Vec<Window>, next: Window) {
    match windows.last_mut() {
        Some(last) if last.to == next.from => last.to = next.to,
        _ => windows.push(next),
    }
}

/// What is known of every hour of the plan, minute by minute.
pub(crate) async fn minutes(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    plan: &Plan,
) -> Result<HashMap<Key, Minutes>, Error> {
    let mut known = hour::minutes_of(connection, scope, &plan.hours).await?;
    for hour in hours_of(&plan.due) {
        for row in measurement::of(connection, scope, hour).await? {
            known.entry(key(&row)).or_default().set(row.slot, row.status);
        }
    }
    Ok(known)
}

/// The latencies of every hour of the plan.
pub(crate) async fn latencies(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    plan: &Plan,
) -> Result<HashMap<Key, Stored>, Error> {
    let rollups = hour::latencies_of(connection, scope, &plan.hours).await?;
    let mut known: HashMap<Key, Stored> = rollups.into_iter().collect();
    for due in hours_of(&plan.due) {
        let mut hours: HashMap<Key, Hour> = hour::of(connection, scope, due).await?;
        for row in measurement::of(connection, scope, due).await? {
            hours.entry(key(&row)).or_default().add(&row);
        }
        for (key, hour) in hours {
            known.insert(key, Stored::Histogram(hour.latencies.to_bytes()?));
        }
    }
    Ok(known)
}

/// Hour by hour: of everything, an hour has as many measurements as fit into little memory.
fn hours_of(windows: &[Window]) -> impl Iterator<Item = Window> {
    windows.iter().flat_map(|window| window.pieces(Width::Hour, 1))
}

fn key(row: &measurement::Slot) -> Key {
    (row.region_id, row.service_id, Width::Hour.start_of(row.slot))
}

/// The minutes of an hour that are in the window.
pub(crate) fn minutes_within(window: Window, hour: DateTime<Utc>) -> std::ops::Range<usize> {
    let minute = |time: DateTime<Utc>| {
        let minutes = (Width::Minute.end_of(time) - hour).num_minutes().clamp(0, 60);
        usize::try_from(minutes).unwrap_or(0)
    };
    minute(window.from)..minute(window.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        format!("2026-11-{text}:00Z").parse().unwrap()
    }

    fn window(from: &str, to: &str) -> Window {
        Window { from: time(from), to: time(to) }
    }

    #[test]
    fn whole_days_are_read_as_days_and_the_rest_as_hours() {
        let plan = Plan::given(&Due::default(), window("01T10:30", "05T00:01"), Width::Day);
        assert_eq!(plan.days, [window("02T00:00", "05T00:00")]);
        assert_eq!(plan.hours, [window("01T10:00", "02T00:00"), window("05T00:00", "05T01:00")]);
        assert_eq!(plan.due, []);
    }

    #[test]
    fn hours_are_not_read_from_days() {
        let plan = Plan::given(&Due::default(), window("01T10:30", "05T00:00"), Width::Hour);
        assert_eq!((plan.days, plan.hours), (vec![], vec![window("01T10:00", "05T00:00")]));
    }

    #[test]
    fn a_day_with_an_hour_that_is_due_is_read_as_hours() {
        let due = Due { hours: [time("03T07:00")].into(), days: [time("03T00:00")].into() };
        let plan = Plan::given(&due, window("01T00:00", "05T00:00"), Width::Day);
        assert_eq!(plan.days, [window("01T00:00", "03T00:00"), window("04T00:00", "05T00:00")]);
        assert_eq!(plan.hours, [window("03T00:00", "04T00:00")]);
        assert_eq!(plan.due, [window("03T07:00", "03T08:00")]);
    }

    #[test]
    fn whole_hours_that_are_not_due_need_no_minutes() {
        let due = Due { hours: [time("01T12:00")].into(), days: [time("01T00:00")].into() };
        let asked = window("01T10:30", "01T15:10");
        let mut plan = Plan::given(&due, asked, Width::Day);
        let whole = plan.take_whole_hours(asked);
        assert_eq!(whole, [window("01T11:00", "01T12:00"), window("01T13:00", "01T15:00")]);
        let (first, second) = (window("01T10:00", "01T11:00"), window("01T12:00", "01T13:00"));
        assert_eq!(plan.hours, [first, second, window("01T15:00", "01T16:00")]);
        assert_eq!(plan.due, [second]);
    }

    #[test]
    fn of_an_hour_at_the_edge_only_minutes_in_the_window_count() {
        let window = window("01T10:30", "01T12:05");
        assert_eq!(minutes_within(window, time("01T10:00")), 30..60);
        assert_eq!(minutes_within(window, time("01T11:00")), 0..60);
        assert_eq!(minutes_within(window, time("01T12:00")), 0..5);
    }
}
