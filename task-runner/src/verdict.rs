//! The verdict: what a round's observations say about each service and application.
//!
//! A pure function. A service is **up** when its direct call succeeded or, lacking one, every
//! step that needs it did. It is **down** when its direct call failed for a reason that is the
//! provider's, or when no step that needs it succeeded and nothing else can explain that. In
//! every other case it is **unknown**: above all when the failure is ours.
//!
//! An application is up when every step succeeded, unknown when what failed is our monitor's
//! own fault, and else down.

use std::collections::BTreeSet;

use model::{
    Failure, Fault, Outcome, Phase, Status, measurement::Measurement, observation::Observation,
    service::Kind,
};

use crate::registry::{Probe, Subject};

/// Judges every service and application that `observations` speak of.
pub fn judge(probes: &[Probe], observations: &[Observation]) -> Vec<Measurement> {
    let round = Round::of(probes, observations);
    let services = round.services();
    let direct: Vec<Verdict> = services.iter().map(|service| round.directly(service)).collect();
    let exonerated: BTreeSet<&str> = services
        .iter()
        .zip(&direct)
        .filter(|(_, verdict)| verdict.status == Status::Up)
        .map(|(service, _)| *service)
        .collect();
    let services = services.iter().zip(direct).map(|(service, direct)| {
        let conclusive = matches!(direct.status, Status::Up | Status::Down);
        let verdict =
            if conclusive { direct } else { round.by_use(service, &exonerated, direct.cause) };
        round.measurement(service, verdict)
    });
    services.chain(round.applications()).collect()
}

/// One judgement, before it has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict {
    status: Status,
    latency_us: Option<i32>,
    cause: Option<Failure>,
}

impl Verdict {
    fn unknown(cause: Option<Failure>) -> Self {
        Self { status: Status::Unknown, latency_us: None, cause }
    }

    fn down(cause: Option<Failure>) -> Self {
        Self { status: Status::Down, latency_us: None, cause }
    }

    /// Up, as fast as the steps took together.
    fn up(steps: &[&Observation]) -> Self {
        let total: i64 = steps.iter().filter_map(|seen| seen.total_us).map(i64::from).sum();
        let latency_us = Some(i32::try_from(total).unwrap_or(i32::MAX));
        Self { status: Status::Up, latency_us, cause: None }
    }
}

/// The last attempt of each step, which is what a step came to.
struct Round<'a> {
    probes: &'a [Probe],
    last: Vec<&'a Observation>,
    /// Whether our resolver found any name in this round.
    resolver_works: bool,
}

impl<'a> Round<'a> {
    fn of(probes: &'a [Probe], observations: &'a [Observation]) -> Self {
        let is_last = |seen: &&Observation| {
            !observations.iter().any(|other| {
                (&other.probe, &other.step) == (&seen.probe, &seen.step)
                    && other.attempt > seen.attempt
            })
        };
        Self {
            probes,
            last: observations.iter().filter(is_last).collect(),
            resolver_works: observations.iter().any(|seen| seen.phases.resolve_us.is_some()),
        }
    }

    /// The services that any step needs, by name.
    fn services(&self) -> Vec<&'a str> {
        let named = self.last.iter().flat_map(|seen| &seen.services).map(AsRef::as_ref);
        named.collect::<BTreeSet<&str>>().into_iter().collect()
    }

    /// What the direct calls of a service say.
    fn directly(&self, service: &str) -> Verdict {
        let steps = self.steps(|probe| is_direct(probe, service));
        match self.first_failure(&steps) {
            _ if steps.is_empty() => Verdict::unknown(None),
            None if succeeded(&steps) => Verdict::up(&steps),
            None => Verdict::unknown(None),
            Some((failure, Fault::Provider)) => Verdict::down(Some(failure)),
            Some((failure, _)) => Verdict::unknown(Some(failure)),
        }
    }

    /// What the steps say that need a service about which its direct calls say nothing.
    fn by_use(
        &self,
        service: &str,
        exonerated: &BTreeSet<&str>,
        direct_cause: Option<Failure>,
    ) -> Verdict {
        let needs = |seen: &&&Observation| seen.services.iter().any(|name| name == service);
        let steps: Vec<&Observation> =
            self.last.iter().filter(needs).copied().filter(|seen| was_tried(seen)).collect();
        let failures: Vec<(Failure, Fault)> =
            steps.iter().filter_map(|seen| self.failure(seen)).collect();
        let cause = direct_cause.or(failures.first().map(|(failure, _)| *failure));
        if failures.is_empty() && direct_cause.is_none() && !steps.is_empty() {
            return Verdict::up(&steps);
        }
        let every_step_failed = !steps.is_empty() && failures.len() == steps.len();
        let alone = steps.iter().all(|seen| {
            let mut others = seen.services.iter().filter(|name| *name != service);
            others.all(|name| exonerated.contains(name.as_ref()))
        });
        let provider = failures.iter().find(|(_, fault)| *fault == Fault::Provider);
        match provider {
            Some((failure, _)) if every_step_failed && alone => Verdict::down(Some(*failure)),
            _ => Verdict::unknown(cause),
        }
    }

    fn applications(&self) -> impl Iterator<Item = Measurement> {
        self.probes.iter().filter_map(|probe| {
            let Subject::Application(name) = probe.subject else { return None };
            let steps = self.steps(|other| other.name == probe.name);
            let verdict = match self.first_failure(&steps) {
                _ if steps.is_empty() => return None,
                None if succeeded(&steps) => Verdict::up(&steps),
                None => Verdict::unknown(None),
                Some((failure, Fault::Ours)) => Verdict::unknown(Some(failure)),
                Some((failure, _)) => Verdict::down(Some(failure)),
            };
            Some(Measurement {
                service: name.into(),
                kind: Kind::Application,
                global: false,
                status: verdict.status,
                latency_us: verdict.latency_us,
                cause: verdict.cause,
            })
        })
    }

    fn measurement(&self, service: &str, verdict: Verdict) -> Measurement {
        let global = self.probes.iter().any(|probe| {
            matches!(probe.subject, Subject::Service { name, global: true } if name == service)
        });
        Measurement {
            service: service.to_owned().into(),
            kind: Kind::Service,
            global,
            status: verdict.status,
            latency_us: verdict.latency_us,
            cause: verdict.cause,
        }
    }

    /// The steps of the probes that `wanted` picks.
    fn steps(&self, wanted: impl Fn(&Probe) -> bool) -> Vec<&'a Observation> {
        let picked = |seen: &&&Observation| {
            self.probes.iter().any(|probe| probe.name == seen.probe && wanted(probe))
        };
        self.last.iter().filter(picked).copied().collect()
    }

    /// The failure that decides: the first one that is the provider's, else the first.
    fn first_failure(&self, steps: &[&Observation]) -> Option<(Failure, Fault)> {
        let failures: Vec<_> = steps.iter().filter_map(|seen| self.failure(seen)).collect();
        let provider = failures.iter().find(|(_, fault)| *fault == Fault::Provider);
        provider.or(failures.first()).copied()
    }

    /// A step's failure, and whose fault it can be in the light of the whole round.
    fn failure(&self, seen: &Observation) -> Option<(Failure, Fault)> {
        let failure = seen.failure?;
        let unresolved = failure == Failure::Timeout && seen.phase == Some(Phase::Resolve);
        let fault = match failure {
            _ if unresolved && !self.resolver_works => Fault::Ours,
            Failure::Resolve if self.resolver_works => Fault::Provider,
            Failure::Resolve => Fault::Ours,
            other => other.fault(),
        };
        Some((failure, fault))
    }
}

fn is_direct(probe: &Probe, service: &str) -> bool {
    matches!(probe.subject, Subject::Service { name, .. } if name == service)
}

fn was_tried(seen: &Observation) -> bool {
    seen.outcome != Outcome::Skipped
}

fn succeeded(steps: &[&Observation]) -> bool {
    steps.iter().all(|seen| seen.outcome == Outcome::Succeeded)
}

#[cfg(test)]
mod tests;
