//! The verdict on a service: direct calls first, then what stands in front, then its use.

use model::{Failure, Fault, Status};

use crate::{
    catalogue::Use,
    front,
    history::{Latency, Tried},
    judgement::{Case, Finding},
    reason::Reason,
};

/// What is found about `service`.
pub(crate) fn finding(case: &Case, service: &str) -> Finding {
    let now = &case.history.now;
    let direct = case.direct.get(service).cloned().flatten();
    match direct {
        Some(found) if found.blames() => found,
        Some(found) => front::finding(case, service)
            .filter(Finding::blames)
            .unwrap_or_else(|| as_usual(case, service, found, &now.direct(service))),
        None => front::finding(case, service).unwrap_or_else(|| by_use(case, service)),
    }
}

/// It works; but does it take as long as usual?
pub(crate) fn as_usual(case: &Case, name: &str, found: Finding, steps: &[&Tried]) -> Finding {
    let found = found.lasting(Latency::of(steps).map(|latency| latency.first_us));
    match times_usual(case, name, steps).filter(|_| !case.we_are_slow) {
        Some(times) => {
            Finding::new(Status::Degraded, Reason::Slow(times), steps).lasting(found.latency_us)
        }
        None => found,
    }
}

/// How many times the usual the steps take, in this slot and in the one before: by their first
/// attempts and in the middle of all. One slow slot is a pause of somebody's.
fn times_usual(case: &Case, name: &str, steps: &[&Tried]) -> Option<u32> {
    let normal = case.normals.get(name)?;
    let times = |steps: &[&Tried]| {
        let Latency { first_us, typical_us } = Latency::of(steps)?;
        normal.times(first_us).and(normal.times(typical_us))
    };
    let before = case.history.before()?;
    let steps_before: Vec<_> =
        steps.iter().filter_map(|tried| before.find(tried.probe.name, tried.step.name)).collect();
    times(&steps_before)?;
    times(steps)
}

/// What our applications say about a service whose direct calls say nothing: that it works, or
/// that nobody can tell. A program between us and the service is always a suspect too, so that
/// its failures blame nobody behind it.
fn by_use(case: &Case, service: &str) -> Finding {
    let now = &case.history.now;
    let direct = now.direct(service);
    let own = direct.iter().filter(|tried| tried.fails()).copied().collect::<Vec<_>>();
    let failure = own.iter().flat_map(|tried| &tried.attempts).find_map(|seen| seen.failure);
    if let Some(failure) = failure.filter(|_| !own.iter().all(|tried| now.is_ours(tried))) {
        return Finding::new(Status::Unknown, Reason::Unclear(failure), &own);
    }
    let uses = now.uses(service);
    let works: Vec<_> = uses.iter().copied().filter(|tried| works(tried, service)).collect();
    if works.is_empty() || uses.iter().any(|tried| is_against(case, tried, service)) {
        return unknown(case, failure, &own, &uses);
    }
    let found = Finding::new(Status::Up, Reason::Works, &works);
    // How long the applications took is not comparable with how long direct calls do.
    let comparable = own.is_empty() && !is_slowed_down(case, service, &works);
    let on_machines = works.iter().any(|tried| tried.need(service) == Some(Use::Host));
    match comparable {
        false => found,
        // A program that is slow on a machine is ours.
        true if on_machines => found.lasting(Latency::of(&works).map(|took| took.first_us)),
        true => as_usual(case, service, found, &works),
    }
}

/// What these steps need besides is slow by its own calls: one culprit explains it, and the time
/// that they took says nothing about this service.
fn is_slowed_down(case: &Case, service: &str, steps: &[&Tried]) -> bool {
    let needs = steps.iter().flat_map(|tried| tried.others(service));
    let slow = |name: &str| {
        let direct = case.history.now.direct(name);
        let normal = case.normals.get(name);
        let took = Latency::of(&direct).filter(|_| !direct.is_empty());
        normal.zip(took).is_some_and(|(normal, took)| normal.times(took.first_us).is_some())
    };
    needs.map(|need| need.service).any(slow)
}

fn works(tried: &Tried, service: &str) -> bool {
    match tried.need(service) {
        Some(Use::Host) => tried.answered(),
        _ => tried.works(),
    }
}

/// The step failed, this service may be why, and nobody else is to blame for it already.
fn is_against(case: &Case, tried: &Tried, service: &str) -> bool {
    let explained = tried.others(service).any(|need| {
        case.direct.get(need.service).and_then(Option::as_ref).is_some_and(Finding::blames)
    });
    let now = &case.history.now;
    let may_be = tried.attempts.iter().any(|seen| now.ours.fault(seen) != Fault::Ours);
    let on_a_living_machine = tried.need(service) == Some(Use::Host) && tried.answered();
    tried.fails() && may_be && !explained && !on_a_living_machine
}

fn unknown(case: &Case, own: Option<Failure>, direct: &[&Tried], uses: &[&Tried]) -> Finding {
    let now = &case.history.now;
    if let Some(failure) = own {
        return Finding::new(Status::Unknown, Reason::Ours(now.ours.cause(failure)), direct);
    }
    let failing: Vec<_> = uses.iter().copied().filter(|tried| tried.fails()).collect();
    let failure = failing.iter().flat_map(|tried| &tried.attempts).find_map(|seen| seen.failure);
    let reason = match failure {
        None => Reason::NoEvidence,
        Some(failure) if failing.iter().all(|tried| now.is_ours(tried)) => {
            Reason::Ours(now.ours.cause(failure))
        }
        Some(failure) => Reason::Unclear(failure),
    };
    Finding::new(Status::Unknown, reason, &failing)
}
