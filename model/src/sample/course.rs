//! How a made-up service fares: well for the most part, with outages that begin and end, failures of
//! a single slot, and slower days than nights.

use chrono::{DateTime, Utc};

use crate::{Failure, Status};

/// What was measured of a subject in a slot: its status, the latency in microseconds, the cause.
pub(crate) type Seen = (Status, Option<i32>, Option<Failure>);

/// What was measured of a subject in a slot.
pub(super) fn at(subject: u64, slot: DateTime<Utc>) -> Seen {
    let luck = Dice::of(subject, minute_of(slot)).throw();
    let status = match outage(subject, slot) {
        Some(status) => status,
        None if luck < 0.000_5 => Status::Down,
        None if luck < 0.001_5 => Status::Unknown,
        None => Status::Up,
    };
    seen(status, latency_us(subject, slot))
}

/// What is measured of a subject that stands so and otherwise takes so many microseconds.
pub(crate) fn seen(status: Status, latency_us: i32) -> Seen {
    match status {
        Status::Up => (status, Some(latency_us), None),
        Status::Degraded => (status, Some(latency_us.saturating_mul(3)), Some(Failure::Timeout)),
        Status::Down => (status, None, Some(Failure::Http5xx)),
        Status::Unknown => (status, None, Some(Failure::Local)),
    }
}

/// The turn in which a region reports in a slot.
pub(super) fn turn(region_id: i16, slot: DateTime<Utc>) -> u64 {
    mixed(minute_of(slot), region_id.cast_unsigned().into())
}

/// The minutes of a day.
const DAY: u64 = 1_440;

/// Of a hundred days, three have an outage of up to a hundred minutes, which is degradation at both
/// ends.
pub(crate) fn outage(subject: u64, slot: DateTime<Utc>) -> Option<Status> {
    let minute = minute_of(slot);
    let mut dice = Dice::of(!subject, minute / DAY);
    if dice.throw() >= 0.03 {
        return None;
    }
    let length = 5.0 + 95.0 * dice.throw();
    let start = dice.throw() * 1_340.0;
    let done = (f64::from(u32::try_from(minute % DAY).ok()?) - start) / length;
    match done {
        0.1..0.9 => Some(Status::Down),
        0.0..1.0 => Some(Status::Degraded),
        _ => None,
    }
}

/// Around 15 to 75 ms, a third more at noon than on average; some are nine times as long.
pub(crate) fn latency_us(subject: u64, slot: DateTime<Utc>) -> i32 {
    let mut dice = Dice::of(subject, minute_of(slot));
    // The first throw decides on the status.
    dice.throw();
    let luck = dice.throw() + dice.throw();
    let usual = 15_000.0 + 60_000.0 * Dice::of(!subject, 0).throw();
    let of_day = f64::from(u32::try_from(minute_of(slot) % DAY).unwrap_or(0)) / 1_440.0;
    let busy = 1.0 - 0.33 * (of_day * std::f64::consts::TAU).cos();
    let spread = luck - 0.8;
    #[expect(clippy::cast_possible_truncation, reason = "below a second")]
    let latency = (usual * busy * (spread * spread * 1.5).exp()) as i32;
    latency
}

fn minute_of(slot: DateTime<Utc>) -> u64 {
    slot.timestamp().div_euclid(60).cast_unsigned()
}

/// Numbers that look random, the same at the same place.
struct Dice(u64);

impl Dice {
    fn of(subject: u64, time: u64) -> Self {
        Self(mixed(subject, time))
    }

    /// A number from 0 on and below 1.
    fn throw(&mut self) -> f64 {
        self.0 = mixed(self.0, 1);
        f64::from(u32::try_from(self.0 >> 32).unwrap_or(0)) / 4_294_967_296.0
    }
}

/// Two numbers made one, of which each bit depends on every bit of both: the last step of
/// `SplitMix64` (Steele, Lea and Flood, 2014).
fn mixed(one: u64, other: u64) -> u64 {
    let mut bits = one.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(other);
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        bits = (bits ^ (bits >> 30)).wrapping_mul(factor);
    }
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn slots(days: i32) -> impl Iterator<Item = DateTime<Utc>> {
        let start: DateTime<Utc> = "2026-08-01T00:00:00Z".parse().unwrap();
        (0..days * 1_440).map(move |minute| start + TimeDelta::minutes(minute.into()))
    }

    #[test]
    fn a_service_is_up_most_of_the_time_and_everything_happens() {
        let (mut counts, mut latencies) = ([0; 4], Vec::new());
        for subject in 1..=20 {
            for slot in slots(30) {
                let (status, latency, cause) = at(subject, slot);
                counts[usize::try_from(sea_orm::ActiveEnum::to_value(&status)).unwrap()] += 1;
                latencies.extend(latency);
                assert_eq!(cause.is_none(), status == Status::Up, "{status:?}");
            }
        }
        let share = |count: i32| f64::from(count) / f64::from(20 * 30 * 1_440);
        assert!(share(counts[0]) > 0.99, "{counts:?}");
        assert!(counts[1..].iter().all(|count| share(*count) > 0.000_1), "{counts:?}");
        assert!(latencies.iter().all(|latency| (5_000..3_000_000).contains(latency)));
    }

    #[test]
    fn an_outage_begins_and_ends_with_degradation() {
        let statuses: Vec<_> = slots(400).map(|slot| outage(1, slot)).collect();
        let first = statuses.iter().position(Option::is_some).expect("an outage in 400 days");
        let outage: Vec<_> = statuses[first..].iter().map_while(|status| *status).collect();
        assert!(outage.len() <= 101, "{}", outage.len());
        assert_eq!(outage.first(), Some(&Status::Degraded));
        assert_eq!(outage.last(), Some(&Status::Degraded));
        assert!(outage.contains(&Status::Down));
    }

    #[test]
    fn subjects_fare_differently() {
        let latencies = |subject| slots(1).map(|slot| at(subject, slot).1).collect::<Vec<_>>();
        assert_ne!(latencies(1), latencies(2));
        assert_eq!(latencies(1), latencies(1));
    }

    #[test]
    fn regions_report_in_any_order() {
        let turns: std::collections::BTreeSet<bool> =
            slots(1).map(|slot| turn(1, slot) < turn(2, slot)).collect();
        assert_eq!(turns.len(), 2);
    }
}
