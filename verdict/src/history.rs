//! The rounds that a verdict looks at, step by step: what works, what fails, what accuses whom.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use model::{Failure, Fault, Outcome, observation::Observation};

use crate::{
    catalogue::{CLOCK, Need, Probe, Step, Subject, Use},
    evidence::{Evidence, Past},
    ours::{self, Attempt, Ours},
    share::{self, Share, Tally},
    slow::{Normal, Normals},
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
    pub(crate) normals: &'a Normals,
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

    /// Some program answered, be it with a refusal: the machine under it lives.
    pub(crate) fn answered(&self, tried: &Tried) -> bool {
        let mut answers = tried.attempts.iter().filter(|seen| seen.http_status.is_some());
        tried.works() || answers.any(|seen| !self.ours.is_answered_for(seen))
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
        Self { now, earlier, normals: evidence.normals }.with_losses()
    }

    /// Whether a share of what is asked of control targets is lost too, slot by slot.
    fn with_losses(mut self) -> Self {
        let lossy = self.losing(ours::is_on_the_wire);
        let refused = self.losing(|seen| seen.failure == Some(Failure::Http5xx));
        let rounds = self.earlier.iter_mut().chain([&mut self.now]);
        for (round, (lossy, refused)) in rounds.zip(lossy.into_iter().zip(refused)) {
            (round.ours.lossy, round.ours.refused) = (lossy, refused);
        }
        let unexplained = self.now.steps.iter().filter(|tried| self.is_unexplained(tried));
        self.now.ours.unexplained = unexplained.map(Tried::name).collect();
        self
    }

    /// The step failed in every attempt of this slot and of those before it, as what we lose does,
    /// and so often that what we lose does not explain it.
    fn is_unexplained(&self, tried: &Tried) -> bool {
        let ours = &self.now.ours;
        let fails =
            |same: &&Tried| same.fails() && same.attempts.iter().all(|s| ours.may_be_lost(s));
        let same = |round: &'_ Round<'a>| round.find(tried.probe.name, tried.step.name).cloned();
        let failing = self.rounds().rev().map_while(|round| same(round).filter(|s| fails(&s)));
        let attempts: Vec<usize> = failing.map(|same| same.attempts.len()).collect();
        let shares = [ours.lossy, ours.refused].into_iter().flatten();
        let in_a_row = attempts.iter().sum();
        attempts.len() > 1 && shares.max_by_key(|s| s.failed).is_some_and(|s| !s.explains(in_a_row))
    }

    /// The share that control targets lose in this way, slot by slot. What only one of several
    /// loses is its own.
    fn losing(&self, lost: impl Fn(&Observation) -> bool) -> Vec<Option<Share>> {
        let mut tallies: HashMap<&str, Vec<Tally>> = HashMap::new();
        let mut of_round = |round: &Round<'a>| {
            for tried in round.control() {
                let lost = tried.attempts.iter().filter(|seen| lost(seen)).count();
                let tally = tally(round.slot, lost, tried.attempts.len());
                tallies.entry(tried.step.name).or_default().extend(tally);
            }
            let shares = tallies.values().map(|tallies| share::lost(tallies, round.slot));
            let losing: Vec<Share> = shares.flatten().collect();
            let enough = losing.len() >= tallies.len().clamp(1, 2);
            losing.into_iter().max_by_key(|share| share.failed).filter(|_| enough)
        };
        self.rounds().map(&mut of_round).collect()
    }

    fn rounds(&self) -> impl DoubleEndedIterator<Item = &Round<'a>> {
        self.earlier.iter().chain([&self.now])
    }

    /// The slot right before the one that is judged.
    pub(crate) fn before(&self) -> Option<&Round<'a>> {
        let earliest = self.now.slot - TimeDelta::minutes(2);
        self.earlier.last().filter(|round| round.slot >= earliest)
    }

    /// The step succeeded in an earlier slot, or in the hours before as part of what is usual:
    /// what is wrong now has changed since.
    pub(crate) fn worked_before(&self, tried: &Tried) -> bool {
        let same =
            |round: &Round| round.find(tried.probe.name, tried.step.name).is_some_and(Tried::works);
        let usual = tried.probe.subject.name().is_some_and(|name| self.normals.contains_key(name));
        usual || self.earlier.iter().any(same)
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
        self.rounds().filter_map(of_round).collect()
    }

    /// Whether control targets answer far slower than in the slots before, or a share of what they
    /// answer comes far slower: then we are slow.
    pub(crate) fn control_is_slow(&self) -> bool {
        let Some(usual) = self.usual_of_control() else { return false };
        let is_slow = |us: i64| usual.times(us).is_some();
        // The quickest target: one that is slow by itself says nothing about us.
        self.control_us().is_some_and(is_slow) || self.control_is_slow_at_times(is_slow)
    }

    /// Each target, in a quarter of the recent attempts.
    fn control_is_slow_at_times(&self, is_slow: impl Fn(i64) -> bool) -> bool {
        let mut tallies: HashMap<&str, Vec<Tally>> = HashMap::new();
        for round in self.rounds() {
            for tried in round.control() {
                let times = || tried.attempts.iter().filter_map(|seen| seen.total_us);
                let slow = times().filter(|us| is_slow(i64::from(*us))).count();
                let tally = tally(round.slot, slow, times().count());
                tallies.entry(tried.step.name).or_default().extend(tally);
            }
        }
        let now = self.now.slot;
        !tallies.is_empty() && tallies.values().all(|tallies| share::is_often(tallies, now))
    }

    /// What an exchange may take longer now for our sake alone, in microseconds: twice what one with
    /// a control target does, for one with a service may go there and back more often.
    pub(crate) fn our_delay_us(&self) -> i64 {
        let delay = self.control_us().zip(self.usual_of_control());
        delay.map_or(0, |(now, usual)| 2 * (now - usual.median_us).max(0))
    }

    /// How long the quickest control target takes now.
    fn control_us(&self) -> Option<i64> {
        self.now.control().filter_map(Tried::typical_us).min()
    }

    fn usual_of_control(&self) -> Option<Normal> {
        let earlier = self.earlier.iter().flat_map(Round::control);
        let usual = Normal::of(earlier.filter_map(Tried::typical_us).collect())?;
        Some(Normal { p95_us: usual.median_us, ..usual })
    }
}

fn tally(slot: DateTime<Utc>, failed: usize, tried: usize) -> Option<Tally> {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (tried > 0).then(|| Tally { slot, failed: number(failed), tried: number(tried) })
}

/// How long the steps took: once by their first success, once by the middle of all successes; and
/// how many steps that were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Latency {
    pub(crate) first_us: i64,
    pub(crate) typical_us: i64,
    pub(crate) exchanges: i64,
}

impl Latency {
    /// Of steps that all worked: each probe's together; of several probes, which run at the same
    /// time, the slowest. `None` when a step has no success.
    pub(crate) fn of(steps: &[&Tried]) -> Option<Self> {
        let mut probes: BTreeMap<&str, Self> = BTreeMap::new();
        for tried in steps {
            let (first_us, typical_us) = (tried.first_us()?, tried.typical_us()?);
            let sum = probes.entry(tried.probe.name).or_default();
            sum.first_us += first_us;
            sum.typical_us += typical_us;
            sum.exchanges += 1;
        }
        probes.into_values().max_by_key(|latency| latency.first_us)
    }
}
