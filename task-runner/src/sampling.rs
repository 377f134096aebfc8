//! Sampling: how often a probe runs in a round. More often while something is wrong, so that a
//! share of failures is measured in few slots, and an end is seen when it comes.

use std::collections::BTreeMap;

use model::{Outcome, observation::Observation};

use crate::{confirmation::is_final, context::Context, registry::Probe};

/// 3 runs of a probe with one step: a service with one call is seen as often as one with several.
const OF_ONE_STEP: usize = 3;

/// 8 runs where an attempt failed, in this round or in one of the last three: a third of the
/// calls that fail is then told from a lost packet in two slots.
const IN_TROUBLE: usize = 8;

/// Runs a probe until it was seen often enough, or half of the round's time is over. One run
/// after the other: side by side they would slow each other down.
pub(crate) async fn run(probe: &'static Probe, context: Context, in_trouble: bool) {
    (probe.run)(context.clone()).await;
    let mut runs = 1;
    while runs < wanted(probe, &context.seen(), in_trouble) && context.has_time() {
        (probe.run)(context.again()).await;
        runs += 1;
    }
}

/// How many runs are wanted, after what was seen so far.
fn wanted(probe: &Probe, seen: &[Observation], in_trouble: bool) -> usize {
    let mut steps: BTreeMap<&str, Step> = BTreeMap::new();
    for seen in seen.iter().filter(|seen| seen.outcome != Outcome::Skipped) {
        let step = steps.entry(&seen.step).or_default();
        step.attempts += 1;
        step.works |= seen.outcome == Outcome::Succeeded;
        step.is_final |= seen.failure.is_some_and(is_final);
        step.fails |= seen.failure.is_some_and(|failure| !is_final(failure));
    }
    let broken = || steps.values().filter(|step| !step.works);
    match () {
        // Seen twice, and never well: there is nothing more to learn in this round.
        () if broken().any(|step| step.is_final || step.attempts > 1) => 0,
        () if broken().next().is_some() => 2,
        () if in_trouble || steps.values().any(|step| step.fails) => IN_TROUBLE,
        () if probe.about.steps.len() == 1 || probe.is_control() => OF_ONE_STEP,
        () => 1,
    }
}

/// What became of one step so far.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    attempts: usize,
    works: bool,
    fails: bool,
    is_final: bool,
}

/// Whether a probe saw a failure that says nothing final.
pub(crate) fn saw_trouble(observations: &[Observation], probe: &str) -> bool {
    let of_probe = observations.iter().filter(|seen| seen.probe == probe);
    of_probe.filter_map(|seen| seen.failure).any(|failure| !is_final(failure))
}
