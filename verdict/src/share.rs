//! A share of the attempts fails: too many for lost packets, too few to be down.

use chrono::{DateTime, TimeDelta, Utc};

/// 4 slots: a third of the calls is seen in them, and a lost packet before them is forgotten.
const WINDOW: TimeDelta = TimeDelta::minutes(4);

/// 5 failures: where one connection in a hundred is lost, and a failed step is asked eight times
/// a slot, five of thirty fail once in thousands of such slots.
const ENOUGH: u32 = 5;

/// 2 slots with failures: one slot alone is an outage's beginning or end.
const SLOTS: usize = 2;

/// 15 %: less is within what clients are told to retry.
const LEAST: f64 = 0.15;

/// 60 % of one slot's attempts, and [`ENOUGH`] of them, need no second slot.
const OVERWHELMING: f64 = 0.6;

/// 75 %: what fails three times of four is down for whoever calls it.
pub(crate) const MOST: f64 = 0.75;

/// 2 slots without any failure end it: where a third of the calls fails, eight calls succeed by
/// chance in one slot of twenty, and in two that follow each other in one of three hundred.
const CLEAN: usize = 2;

/// The attempts of one step in one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) slot: DateTime<Utc>,
    /// Those that failed and speak against the service.
    pub(crate) failed: u32,
    /// All that succeeded or speak against it.
    pub(crate) tried: u32,
}

/// The attempts of the slots in which a share fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) failed: u32,
    pub(crate) tried: u32,
}

impl Share {
    pub(crate) fn of_one(self) -> f64 {
        f64::from(self.failed) / f64::from(self.tried.max(1))
    }

    fn sum<'a>(tallies: impl IntoIterator<Item = &'a Tally>) -> Self {
        tallies.into_iter().fold(Self::default(), |sum, tally| Self {
            failed: sum.failed + tally.failed,
            tried: sum.tried + tally.tried,
        })
    }
}

/// The share that fails as of the last of these slots, which come oldest first; `None` when no
/// share fails. It begins when enough attempts failed, and ends after [`CLEAN`] slots.
pub(crate) fn failing(tallies: &[Tally]) -> Option<Share> {
    let mut failing = false;
    for (position, tally) in tallies.iter().enumerate() {
        let window = recent(&tallies[..=position], tally.slot);
        let clean = window.iter().rev().take_while(|tally| tally.failed == 0).count();
        let over = clean >= CLEAN || clean == window.len();
        failing = (failing && !over) || has_begun(window);
    }
    let last = tallies.last()?;
    let window = recent(tallies, last.slot);
    // Right after slots in which everything failed, a part that does not has not mended it.
    let lingers = is_mixed(last) && window.iter().any(is_total);
    (failing || lingers).then(|| Share::sum(window))
}

/// The connections of ours that are lost together with those to a control target: two are enough
/// to doubt that others are the provider's.
pub(crate) fn is_lossy(tallies: &[Tally], slot: DateTime<Utc>) -> bool {
    let mixed = recent(tallies, slot).iter().filter(|tally| is_mixed(tally));
    Share::sum(mixed).failed >= 2
}

/// A share may be failing, although too little was seen yet to say so: enough to doubt whoever
/// else is accused of the same.
pub(crate) fn may_be_failing(tallies: &[Tally], slot: DateTime<Utc>) -> bool {
    let share = Share::sum(recent(tallies, slot));
    share.failed >= 2 && share.of_one() >= LEAST
}

fn has_begun(window: &[Tally]) -> bool {
    let Some(last) = window.last() else { return false };
    let now = Share::sum([last]);
    if is_mixed(last) && now.failed >= ENOUGH && now.of_one() >= OVERWHELMING {
        return true;
    }
    let share = Share::sum(window);
    let failing = window.iter().filter(|tally| tally.failed > 0).count();
    is_mixed(last) && failing >= SLOTS && share.failed >= ENOUGH && share.of_one() >= LEAST
}

fn is_mixed(tally: &Tally) -> bool {
    0 < tally.failed && tally.failed < tally.tried
}

/// A slot in which everything failed is an outage, which is judged by itself.
fn is_total(tally: &Tally) -> bool {
    0 < tally.failed && tally.failed == tally.tried
}

fn recent(tallies: &[Tally], slot: DateTime<Utc>) -> &[Tally] {
    let first = tallies.partition_point(|tally| tally.slot <= slot - WINDOW);
    &tallies[first..]
}
