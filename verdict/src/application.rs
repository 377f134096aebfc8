//! The verdict on one of our applications: what its users get, whoever is to blame.

use model::{Failure, Status, observation::Observation};

use crate::{
    catalogue::Probe,
    direct,
    history::{Round, Tried},
    judgement::{Case, Finding},
    reason::Reason,
    service::as_usual,
};

/// What is found about the application that `probe` exercises; `None` when it was not tried.
pub(crate) fn finding(case: &Case, probe: &Probe, name: &str) -> Option<Finding> {
    let now = &case.history.now;
    let steps: Vec<_> = now.steps.iter().filter(|tried| tried.probe.name == probe.name).collect();
    let tried: Vec<_> = steps.iter().copied().filter(|tried| !tried.attempts.is_empty()).collect();
    if tried.is_empty() {
        return None;
    }
    if let Some(step) = tried.iter().find(|tried| tried.fails()) {
        return Some(failing(case, step));
    }
    if let Some(share) = tried.iter().find_map(|tried| by_share(case, tried)) {
        return Some(share);
    }
    // Its last steps were skipped for want of input that the first ones should have given.
    if tried.len() < steps.len() {
        return Some(Finding::new(Status::Unknown, Reason::NoEvidence, &tried));
    }
    Some(as_usual(case, name, Finding::new(Status::Up, Reason::Works, &tried), &tried))
}

fn failing(case: &Case, step: &Tried) -> Finding {
    let now = &case.history.now;
    let failure = step.attempts.iter().find_map(|seen| seen.failure).unwrap_or(Failure::Local);
    if now.is_ours(step) {
        let reason = Reason::Ours(now.ours.cause(failure));
        return Finding::new(Status::Unknown, reason, &[step]);
    }
    let culprit = step.step.needs.iter().find(|need| {
        case.direct.get(need.service).and_then(Option::as_ref).is_some_and(Finding::blames)
    });
    let reason = match culprit {
        Some(need) => Reason::Explained(need.service.to_owned()),
        None => Reason::Fails(failure),
    };
    Finding::new(Status::Down, reason, &[step]).with_cause(Some(failure))
}

fn by_share(case: &Case, tried: &Tried) -> Option<Finding> {
    let accuses = |round: &Round, seen: &Observation| {
        seen.failure.is_some() && round.ours.fault(seen) != model::Fault::Ours
    };
    case.history.share(tried, accuses).map(|share| direct::partial(tried, share))
}
