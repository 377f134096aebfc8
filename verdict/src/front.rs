//! What our applications say about the service in front of them: the machine that a program
//! stands on, the gateway before a function, the bucket around a public file.

use std::collections::BTreeMap;

use model::{Failure, Fault, Status, observation::Observation};

use crate::{
    catalogue::Use,
    direct,
    history::{Round, Tried},
    judgement::{Case, Finding},
    ours,
    reason::Reason,
};

/// Whether another service explains why a step fails.
enum Others {
    /// All others that the step needs are well: the suspect is alone.
    Exonerated,
    /// This one is to blame already; one culprit explains all.
    Explain(&'static str),
    /// Nobody can say of at least one.
    Unclear,
}

/// What stands in front fails; `None` when it does not, or when nothing speaks of it.
pub(crate) fn finding(case: &Case, service: &str) -> Option<Finding> {
    let uses = case.history.now.uses(service);
    match uses.iter().find_map(|tried| tried.need(service).filter(|how| *how == Use::Host)) {
        Some(_) => silent_machines(case, service, &uses),
        None => failing(case, service, &uses).or_else(|| by_share(case, service, &uses)),
    }
}

/// A program that refuses, resets or answers 500 is ours, on a machine that lives. Only silence
/// accuses the machine, and one of several is not the service.
fn silent_machines(case: &Case, service: &str, uses: &[&Tried]) -> Option<Finding> {
    let mut programs: BTreeMap<&str, Vec<&Tried>> = BTreeMap::new();
    for tried in uses {
        programs.entry(tried.probe.name).or_default().push(tried);
    }
    let now = &case.history.now;
    let is_silent =
        |tried: &Tried| tried.fails() && tried.attempts.iter().all(|seen| of_machine(now, seen));
    let mut silent = Vec::new();
    let mut answering = 0;
    for steps in programs.values() {
        if steps.iter().any(|tried| tried.answered()) {
            answering += 1;
        } else if let Some(step) = steps.iter().find(|tried| is_silent(tried)) {
            // A program may hang with what it waits for.
            if matches!(others(case, step, service), Others::Exonerated) {
                silent.push(*step);
            }
        }
    }
    if silent.is_empty() {
        return silent_by_share(case, service, uses);
    }
    Some(match answering == 0 && silent.len() > 1 {
        true => Finding::new(Status::Down, Reason::Fails(Failure::Timeout), &silent),
        false => Finding::new(Status::Degraded, Reason::PartlyFails(Failure::Timeout), &silent),
    })
}

fn silent_by_share(case: &Case, service: &str, uses: &[&Tried]) -> Option<Finding> {
    let accused =
        uses.iter().filter(|tried| matches!(others(case, tried, service), Others::Exonerated));
    let mut shares = accused.filter_map(|tried| {
        let share = case.history.share(tried, of_machine)?;
        Some(direct::partial(tried, share))
    });
    shares.next()
}

/// No answer at all, within the time that others answer in.
fn of_machine(round: &Round, seen: &Observation) -> bool {
    seen.http_status.is_none()
        && matches!(round.of_provider(seen), Some(Failure::Timeout))
        && ours::is_on_the_wire(seen)
}

/// A gateway or a bucket that fails by itself.
fn failing(case: &Case, service: &str, uses: &[&Tried]) -> Option<Finding> {
    let now = &case.history.now;
    let in_front = |tried: &&&Tried| tried.need(service) == Some(Use::Front);
    let accused: Vec<(&Tried, Failure)> = uses
        .iter()
        .filter(in_front)
        .filter(|tried| tried.fails())
        .filter_map(|tried| Some((*tried, accusation(case, now, tried, service)?)))
        .collect();
    let (_, cause) = *accused.first()?;
    let steps: Vec<_> = accused.iter().map(|(tried, _)| *tried).collect();
    for tried in &steps {
        match others(case, tried, service) {
            Others::Exonerated => {}
            Others::Explain(culprit) => {
                let reason = Reason::Explained(culprit.to_owned());
                return Some(Finding::new(Status::Unknown, reason, &steps).with_cause(Some(cause)));
            }
            Others::Unclear => {
                return Some(Finding::new(Status::Unknown, Reason::Unclear(cause), &steps));
            }
        }
    }
    let works_directly = case.direct.get(service).is_some_and(Option::is_some);
    Some(match works_directly || direct::works_elsewhere(now, service) {
        true => Finding::new(Status::Degraded, Reason::PartlyFails(cause), &steps),
        false => Finding::new(Status::Down, Reason::Fails(cause), &steps),
    })
}

/// The failure by which a step speaks against what is in front. A wrong answer may be that of
/// our code or file; where our code is exonerated and was answered rightly before, it is not.
fn accusation(case: &Case, now: &Round, tried: &Tried, service: &str) -> Option<Failure> {
    let of_provider = tried.attempts.iter().find_map(|seen| now.of_provider(seen));
    let has_code = tried.others(service).next().is_some();
    let changed = has_code && case.history.worked_recently(tried);
    let unclear = tried.attempts.iter().find(|seen| now.ours.fault(seen) == Fault::Unclear);
    of_provider.or(unclear.filter(|_| changed).and_then(|seen| seen.failure))
}

fn by_share(case: &Case, service: &str, uses: &[&Tried]) -> Option<Finding> {
    let in_front = uses.iter().filter(|tried| tried.need(service) == Some(Use::Front));
    let mut shares = in_front.filter_map(|tried| {
        let accuses = |round: &Round, seen: &Observation| round.of_provider(seen).is_some();
        let share = case.history.share(tried, accuses)?;
        matches!(others(case, tried, service), Others::Exonerated)
            .then(|| direct::partial(tried, share))
    });
    shares.next()
}

/// How the services stand that a step needs besides `service`.
fn others(case: &Case, tried: &Tried, service: &str) -> Others {
    let mut unclear = false;
    for need in tried.others(service) {
        match case.direct.get(need.service).and_then(Option::as_ref) {
            Some(finding) if finding.blames() => return Others::Explain(need.service),
            Some(_) => unclear |= case.history.wavers(need.service),
            None => unclear = true,
        }
    }
    if unclear { Others::Unclear } else { Others::Exonerated }
}
