//! Sampling: how often a probe runs in a round. More often while something is wrong, so that a
//! share of failures is measured in few slots, and an end is seen when it comes.

use std::collections::BTreeMap;

use model::{Outcome, observation::Observation};
use verdict::Normal;

use crate::{confirmation::is_final, context::Context, registry::Probe};

/// 3 runs of a probe with one step: a service with one call is seen as often as one with several.
const OF_ONE_STEP: usize = 3;

/// 3 runs of a probe that took far longer than usual: of several packets one is lost easily, and of
/// three runs hardly the same one in each.
const OF_SLOW: usize = 3;

/// 8 runs where an attempt failed, in this round or in one of the last three: a third of the
/// calls that fail is then told from a lost packet in two slots.
const IN_TROUBLE: usize = 8;

/// Runs a probe until it was seen often enough, or half of the round's time is over. One run
/// after the other: side by side they would slow each other down.
pub(crate) async fn run(probe: &'static Probe, context: Context, known: Known) {
    (probe.run)(context.clone()).await;
    let mut runs = 1;
    while runs < wanted(probe, &context.seen(), known) && context.has_time() {
        (probe.run)(context.again()).await;
        runs += 1;
    }
}

/// What is known of a probe before it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// It failed in one of the last slots.
    pub(crate) in_trouble: bool,
    /// How long it usually takes.
    pub(crate) normal: Option<Normal>,
}

/// How many runs are wanted, after what was seen so far.
fn wanted(probe: &Probe, seen: &[Observation], known: Known) -> usize {
    let mut steps: BTreeMap<&str, Step> = BTreeMap::new();
    for seen in seen.iter().filter(|seen| seen.outcome != Outcome::Skipped) {
        let step = steps.entry(&seen.step).or_default();
        step.attempts += 1;
        step.first_us = step.first_us.or(seen.total_us);
        step.works |= seen.outcome == Outcome::Succeeded;
        step.is_final |= seen.failure.is_some_and(is_final);
        step.fails |= seen.failure.is_some_and(|failure| !is_final(failure));
    }
    let broken = || steps.values().filter(|step| !step.works);
    let first_us = || steps.values().filter_map(|step| step.first_us.map(i64::from)).sum();
    let is_slow = || known.normal.is_some_and(|normal| normal.times(first_us()).is_some());
    match () {
        // Seen twice, and never well: there is nothing more to learn in this round.
        () if broken().any(|step| step.is_final || step.attempts > 1) => 0,
        () if broken().next().is_some() => 2,
        () if known.in_trouble || steps.values().any(|step| step.fails) => IN_TROUBLE,
        () if probe.about.steps.len() == 1 || probe.is_control() => OF_ONE_STEP,
        () if is_slow() => OF_SLOW,
        () => 1,
    }
}

/// What became of one step so far.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    attempts: usize,
    /// How long the first attempt took, in microseconds.
    first_us: Option<i32>,
    works: bool,
    fails: bool,
    is_final: bool,
}

/// Whether a probe saw a failure that says nothing final.
pub(crate) fn saw_trouble(observations: &[Observation], probe: &str) -> bool {
    let of_probe = observations.iter().filter(|seen| seen.probe == probe);
    of_probe.filter_map(|seen| seen.failure).any(|failure| !is_final(failure))
}

#[cfg(test)]
mod tests {
    use model::observation::Phases;

    use super::*;
    use crate::probes::{quotes, s3};

    /// Every step of the probe, once, after so many milliseconds.
    fn seen(probe: &Probe, milliseconds: i32) -> Vec<Observation> {
        let step = |step: &verdict::Step| Observation {
            probe: probe.name().into(),
            step: step.name.into(),
            services: Vec::new(),
            attempt: 1,
            started_at: chrono::DateTime::UNIX_EPOCH,
            outcome: Outcome::Succeeded,
            failure: None,
            phase: None,
            http_status: Some(200),
            request_id: None,
            phases: Phases::default(),
            total_us: Some(milliseconds * 1000),
            detail: None,
        };
        probe.about.steps.iter().map(step).collect()
    }

    fn known(in_trouble: bool) -> Known {
        let normal = Normal { median_us: 30_000, p95_us: 40_000, samples: 60 };
        Known { in_trouble, normal: Some(normal) }
    }

    #[test]
    fn a_probe_that_is_far_slower_than_usual_is_asked_as_often_as_one_of_one_step() {
        assert_eq!(wanted(&s3::PROBE, &seen(&s3::PROBE, 10), known(false)), 1);
        assert_eq!(wanted(&s3::PROBE, &seen(&s3::PROBE, 90), known(false)), 3);
        assert_eq!(wanted(&quotes::PROBE, &seen(&quotes::PROBE, 10), known(false)), 3);
        let without = Known { normal: None, ..known(false) };
        assert_eq!(wanted(&s3::PROBE, &seen(&s3::PROBE, 900), without), 1);
    }

    #[test]
    fn trouble_is_asked_about_most_and_what_never_works_is_left_alone() {
        let mut seen = seen(&s3::PROBE, 10);
        assert_eq!(wanted(&s3::PROBE, &seen, known(true)), 8);
        let failed = Observation {
            outcome: Outcome::Failed,
            failure: Some(model::Failure::Connect),
            ..seen[0].clone()
        };
        seen.push(failed.clone());
        assert_eq!(wanted(&s3::PROBE, &seen, known(false)), 8);
        assert_eq!(wanted(&s3::PROBE, &[failed.clone(), failed], known(true)), 0);
    }
}
