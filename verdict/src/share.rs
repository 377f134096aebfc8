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

/// 3 failures, where they are two of five: what hangs leaves no time to ask often, and what fails at
/// once is asked so often that a lost packet or two are a smaller part.
const FEW: u32 = 3;

/// 40 %: of the eight runs after a failure that came at once, three that fail are less.
const MANY: f64 = 0.4;

/// 60 % of one slot's attempts, and [`ENOUGH`] of them, need no second slot.
const OVERWHELMING: f64 = 0.6;

/// 75 %: what fails three times of four is down for whoever calls it.
pub(crate) const MOST: f64 = 0.75;

/// 1 in 10,000: chance that is left to what fails every time while others fail at times.
const UNLIKELY: f64 = 1e-4;

/// 25 %: what befalls one exchange of four befalls most probes with several steps.
const OFTEN: f64 = 0.25;

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

    /// Whether chance makes so many fail in a row where this share does.
    pub(crate) fn explains(self, in_a_row: usize) -> bool {
        // As if the next one failed as well: few attempts say little about a share.
        let most = Self { failed: self.failed + 1, tried: self.tried + 1 }.of_one();
        most.powi(i32::try_from(in_a_row).unwrap_or(i32::MAX)) > UNLIKELY
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

/// The share of what goes to a control target that is lost: two are enough to doubt that others
/// are the provider's.
pub(crate) fn lost(tallies: &[Tally], slot: DateTime<Utc>) -> Option<Share> {
    let mixed = recent(tallies, slot).iter().filter(|tally| is_mixed(tally));
    Some(Share::sum(mixed)).filter(|share| share.failed >= 2)
}

/// A quarter of these, and more than one.
pub(crate) fn is_often(tallies: &[Tally], slot: DateTime<Utc>) -> bool {
    let share = Share::sum(recent(tallies, slot));
    share.failed >= 2 && share.of_one() >= OFTEN
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
    let enough = |failed, least| share.failed >= failed && share.of_one() >= least;
    is_mixed(last) && failing >= SLOTS && (enough(ENOUGH, LEAST) || enough(FEW, MANY))
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
