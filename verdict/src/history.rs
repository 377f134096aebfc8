//! The rounds that a verdict looks at, step by step: what works, what fails, what accuses whom.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use model::{Failure, Fault, Outcome, observation::Observation};

use crate::{
    catalogue::{CLOCK, Need, Probe, Step, Subject, Use},
    evidence::{Evidence, Past},
    ours::{self, Attempt, Ours},
    share::{self, Share, Tally},
    slow::Normal,
};

/// All attempts of one step in one slot.
#[derive(Clone, Debug)]
pub(crate) struct Tried<'a> {
    pub(crate) probe: &'static Probe,
    pub(crate) step: &'static Step,
    /// Those that were made: a step that was skipped has none.
    pub(crate) attempts: Vec<&'a Observation>,
}

impl Tried<'_> {
    pub(crate) fn works(&self) -> bool {
        self.attempts.iter().any(|seen| seen.outcome == Outcome::Succeeded)
    }

    /// Every attempt failed, of at least one.
    pub(crate) fn fails(&self) -> bool {
        !self.attempts.is_empty() && !self.works()
    }

    /// Some program answered, be it with a refusal: the machine under it lives.
    pub(crate) fn answered(&self) -> bool {
        self.works() || self.attempts.iter().any(|seen| seen.http_status.is_some())
    }

    /// The step is one of the direct calls of `service`.
    pub(crate) fn is_direct(&self, service: &str) -> bool {
        matches!(self.probe.subject, Subject::Service { name, .. } if name == service)
    }

    pub(crate) fn is_of_application(&self) -> bool {
        matches!(self.probe.subject, Subject::Application(_))
    }

    /// What the step needs `service` for.
    pub(crate) fn need(&self, service: &str) -> Option<Use> {
        self.step.needs.iter().find(|need| need.service == service).map(|need| need.how)
    }

    /// The services that it needs besides.
    pub(crate) fn others(&self, service: &str) -> impl Iterator<Item = &Need> {
        self.step.needs.iter().filter(move |need| need.service != service)
    }

    /// How long its successes took in the middle, in microseconds.
    fn typical_us(&self) -> Option<i64> {
        let succeeded = self.attempts.iter().filter(|seen| seen.outcome == Outcome::Succeeded);
        let times = succeeded.filter_map(|seen| seen.total_us.map(i64::from)).collect();
        Some(Normal::of(times)?.median_us)
    }

    /// How long its first success took, in microseconds: those after it may be hurried.
    fn first_us(&self) -> Option<i64> {
        let succeeded = self.attempts.iter().filter(|seen| seen.outcome == Outcome::Succeeded);
        succeeded.min_by_key(|seen| seen.attempt)?.total_us.map(i64::from)
    }
}

/// One slot.
#[derive(Clone, Debug)]
pub(crate) struct Round<'a> {
    pub(crate) slot: DateTime<Utc>,
    pub(crate) steps: Vec<Tried<'a>>,
    pub(crate) ours: Ours,
}

/// The slot that is judged, and those before it.
#[derive(Clone, Debug)]
pub(crate) struct History<'a> {
    pub(crate) now: Round<'a>,
    /// Oldest first.
    earlier: Vec<Round<'a>>,
}

impl<'a> Round<'a> {
    fn of(
        catalogue: &[&'static Probe],
        slot: DateTime<Utc>,
        observations: &'a [Observation],
    ) -> Self {
        let steps = catalogue.iter().flat_map(|probe| probe.steps.iter().map(move |s| (*probe, s)));
        let mut steps: Vec<Tried> =
            steps.map(|(probe, step)| Tried { probe, step, attempts: Vec::new() }).collect();
        let places: HashMap<(&str, &str), usize> = steps
            .iter()
            .enumerate()
            .map(|(place, tried)| ((tried.probe.name, tried.step.name), place))
            .collect();
        let mut attempts: Vec<Attempt> = Vec::with_capacity(observations.len());
        for seen in observations.iter().filter(|seen| seen.outcome != Outcome::Skipped) {
            let Some(place) = places.get(&(&*seen.probe, &*seen.step)) else { continue };
            let Some(tried) = steps.get_mut(*place) else { continue };
            tried.attempts.push(seen);
            attempts.push((tried.probe, seen));
        }
        Self { slot, ours: Ours::of(&attempts), steps }
    }

    pub(crate) fn direct(&self, service: &str) -> Vec<&Tried<'a>> {
        self.steps.iter().filter(|tried| tried.is_direct(service)).collect()
    }

    pub(crate) fn find(&self, probe: &str, step: &str) -> Option<&Tried<'a>> {
        self.steps.iter().find(|tried| tried.probe.name == probe && tried.step.name == step)
    }

    /// The steps of our applications that need `service`.
    pub(crate) fn uses(&self, service: &str) -> Vec<&Tried<'a>> {
        let needing = |tried: &&Tried| tried.is_of_application() && tried.need(service).is_some();
        self.steps.iter().filter(needing).collect()
    }

    /// The steps that reach for control targets.
    pub(crate) fn control(&self) -> impl Iterator<Item = &Tried<'a>> {
        let reaching =
            |tried: &&Tried| tried.probe.subject == Subject::Control && tried.step.name != CLOCK;
        self.steps.iter().filter(reaching)
    }

    /// The failure of an attempt that speaks against the provider, if it does.
    pub(crate) fn of_provider(&self, seen: &Observation) -> Option<Failure> {
        seen.failure.filter(|_| self.ours.fault(seen) == Fault::Provider)
    }

    /// Every failure of this step is ours.
    pub(crate) fn is_ours(&self, tried: &Tried) -> bool {
        tried.attempts.iter().all(|seen| self.ours.fault(seen) == Fault::Ours)
    }
}

impl<'a> History<'a> {
    /// Slots that are not before the judged one are left out, whatever order they came in, and so
    /// are those that are too old to matter.
    pub(crate) fn of(evidence: &Evidence<'a>) -> Self {
        let reach = evidence.slot - Past::REACH..evidence.slot;
        let past: BTreeMap<DateTime<Utc>, &'a Past> = evidence
            .recent
            .iter()
            .filter(|past| reach.contains(&past.slot))
            .map(|past| (past.slot, past))
            .collect();
        let catalogue = evidence.catalogue;
        let earlier = past
            .into_values()
            .map(|past| Round::of(catalogue, past.slot, &past.observations))
            .collect();
        let now = Round::of(catalogue, evidence.slot, evidence.round);
        Self { now, earlier }.with_losses()
    }

    /// Whether connections to control targets are lost too, slot by slot.
    fn with_losses(mut self) -> Self {
        let mut tallies: HashMap<&str, Vec<Tally>> = HashMap::new();
        for round in self.earlier.iter_mut().chain([&mut self.now]) {
            for tried in round.control() {
                let lost = tried.attempts.iter().filter(|seen| ours::is_on_the_wire(seen)).count();
                let tally = tally(round.slot, lost, tried.attempts.len());
                tallies.entry(tried.step.name).or_default().extend(tally);
            }
            let slot = round.slot;
            round.ours.lossy = tallies.values().any(|tallies| share::is_lossy(tallies, slot));
        }
        self
    }

    /// The slot right before the one that is judged.
    pub(crate) fn before(&self) -> Option<&Round<'a>> {
        let earliest = self.now.slot - TimeDelta::minutes(2);
        self.earlier.last().filter(|round| round.slot >= earliest)
    }

    /// The step succeeded in an earlier slot: what is wrong now has changed since.
    pub(crate) fn worked_recently(&self, tried: &Tried) -> bool {
        let same =
            |round: &Round| round.find(tried.probe.name, tried.step.name).is_some_and(Tried::works);
        self.earlier.iter().any(same)
    }

    /// The share of a step's attempts that fails, counting those that `accuse`.
    pub(crate) fn share(
        &self,
        tried: &Tried,
        accuses: impl Fn(&Round, &Observation) -> bool,
    ) -> Option<Share> {
        share::failing(&self.tallies(tried, accuses))
    }

    /// Too many direct calls of a service failed lately to exonerate it.
    pub(crate) fn wavers(&self, service: &str) -> bool {
        let accuses = |round: &Round, seen: &Observation| round.of_provider(seen).is_some();
        let wavers =
            |tried: &&Tried| share::may_be_failing(&self.tallies(tried, accuses), self.now.slot);
        self.now.direct(service).iter().any(wavers)
    }

    fn tallies(&self, tried: &Tried, accuses: impl Fn(&Round, &Observation) -> bool) -> Vec<Tally> {
        let of_round = |round: &Round| {
            let tried = round.find(tried.probe.name, tried.step.name)?;
            let failed = tried.attempts.iter().filter(|seen| accuses(round, seen)).count();
            let worked = tried.attempts.iter().filter(|s| s.outcome == Outcome::Succeeded).count();
            tally(round.slot, failed, failed + worked)
        };
        self.earlier.iter().chain([&self.now]).filter_map(of_round).collect()
    }

    /// Whether control targets answer far slower than in the slots before: then we are slow.
    pub(crate) fn control_is_slow(&self) -> bool {
        let times =
            |round: &Round| -> Vec<i64> { round.control().filter_map(Tried::typical_us).collect() };
        let Some(usual) = Normal::of(self.earlier.iter().flat_map(times).collect()) else {
            return false;
        };
        // The quickest target: one that is slow by itself says nothing about us.
        let now = times(&self.now).into_iter().min();
        let usual = Normal { p95_us: usual.median_us, ..usual };
        now.is_some_and(|now| usual.times(now).is_some())
    }
}

fn tally(slot: DateTime<Utc>, failed: usize, tried: usize) -> Option<Tally> {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (tried > 0).then(|| Tally { slot, failed: number(failed), tried: number(tried) })
}

/// How long the steps took: once by their first success, once by the middle of all successes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Latency {
    pub(crate) first_us: i64,
    pub(crate) typical_us: i64,
}

impl Latency {
    /// Of steps that all worked: each probe's together; of several probes, which run at the same
    /// time, the slowest. `None` when a step has no success.
    pub(crate) fn of(steps: &[&Tried]) -> Option<Self> {
        let mut probes: BTreeMap<&str, Self> = BTreeMap::new();
        for tried in steps {
            let (first_us, typical_us) = (tried.first_us()?, tried.typical_us()?);
            let sum = probes.entry(tried.probe.name).or_insert(Self { first_us: 0, typical_us: 0 });
            sum.first_us += first_us;
            sum.typical_us += typical_us;
        }
        probes.into_values().max_by_key(|latency| latency.first_us)
    }
}
