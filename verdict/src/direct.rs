//! What the direct calls of a service say: they weigh most, for nothing stands in between.

use model::{Failure, Fault, Status, observation::Observation};

use crate::{
    catalogue::Use,
    history::{History, Round, Tried},
    judgement::Finding,
    ours,
    reason::Reason,
    share,
};

/// What the direct calls of `service` say. `None` when they say nothing that is certain: there
/// were none, or what failed may be ours.
pub(crate) fn finding(history: &History, service: &str) -> Option<Finding> {
    let now = &history.now;
    let steps = now.direct(service);
    let accused: Vec<&Tried> = steps
        .iter()
        .copied()
        .filter(|tried| tried.fails() && tried.attempts.iter().any(|s| accuses(history, tried, s)))
        .collect();
    if !accused.is_empty() {
        return Some(failing(history, service, &accused));
    }
    let accuses = |round: &Round, seen: &Observation| round.of_provider(seen).is_some();
    let shares = steps.iter().filter_map(|tried| Some((*tried, history.share(tried, accuses)?)));
    if let Some((tried, share)) = shares.max_by(|a, b| a.1.of_one().total_cmp(&b.1.of_one())) {
        return Some(partial(tried, share));
    }
    let tried: Vec<_> = steps.into_iter().filter(|tried| !tried.attempts.is_empty()).collect();
    let works = !tried.is_empty() && tried.iter().all(|tried| tried.works());
    works.then(|| Finding::new(Status::Up, Reason::Works, &tried))
}

/// A share of one step's attempts fails.
pub(crate) fn partial(tried: &Tried, share: share::Share) -> Finding {
    let status = if share.of_one() >= share::MOST { Status::Down } else { Status::Degraded };
    let share::Share { failed, tried: of } = share;
    Finding::new(status, Reason::Share { failed, tried: of }, &[tried])
}

/// Whether a failed direct call is the provider's fault.
fn accuses(history: &History, tried: &Tried, seen: &Observation) -> bool {
    let now = &history.now;
    match now.ours.fault(seen) {
        Fault::Provider => true,
        Fault::Ours => false,
        // The same call was answered rightly some slots ago, and it is still the same call: what
        // has changed is on the other side. Of a function it may be our code, unless somebody
        // else gets a right answer from it now.
        Fault::Unclear => {
            let service = tried.step.needs.first().map_or("", |need| need.service);
            let of_our_code = tried.need(service) == Some(Use::Run);
            let code_works = now.uses(service).iter().any(|other| other.works());
            history.worked_recently(tried) && (!of_our_code || code_works)
        }
    }
}

/// Direct calls failed, every attempt of them: is the service down, or a part of it?
fn failing(history: &History, service: &str, accused: &[&Tried]) -> Finding {
    let now = &history.now;
    let attempts = || accused.iter().flat_map(|tried| &tried.attempts);
    let cause = attempts().find_map(|seen| now.of_provider(seen));
    let cause = cause.or(attempts().find_map(|seen| seen.failure)).unwrap_or(Failure::Timeout);
    let all = |wanted: &[Failure]| {
        attempts().all(|seen| seen.failure.is_some_and(|failure| wanted.contains(&failure)))
    };
    let found = |status, reason| Finding::new(status, reason, accused).with_cause(Some(cause));
    if all(&[Failure::Throttled]) {
        return found(Status::Degraded, Reason::Sheds);
    }
    if all(&[Failure::NotVisible]) {
        return found(Status::Degraded, Reason::NotDelivered);
    }
    // One instance is impaired, as the control plane says: of how many, it does not say.
    let partly = all(&[Failure::Impaired])
        || now.direct(service).iter().any(|tried| tried.works())
        || works_in_front(now, service)
        || (!is_cut_off(accused, service) && works_elsewhere(now, service));
    match partly {
        true => found(Status::Degraded, Reason::PartlyFails(cause)),
        false => found(Status::Down, Reason::Fails(cause)),
    }
}

/// Nobody gets through to the data plane who has no connection yet. An application that still
/// works lives on old ones, which exonerates nobody.
fn is_cut_off(accused: &[&Tried], service: &str) -> bool {
    accused.iter().all(|tried| {
        tried.need(service) != Some(Use::Control)
            && tried.attempts.iter().all(|seen| ours::is_on_the_wire(seen))
    })
}

/// We ourselves get something from it, without a program in between and over connections of
/// this round: a public file.
fn works_in_front(now: &Round, service: &str) -> bool {
    let in_front = |tried: &&&Tried| tried.need(service) == Some(Use::Front);
    now.uses(service).iter().filter(in_front).any(|tried| tried.works())
}

/// Our applications get something from it: reads while writes fail, machines that run while
/// their control plane is away.
pub(crate) fn works_elsewhere(now: &Round, service: &str) -> bool {
    now.uses(service).iter().any(|tried| match tried.need(service) {
        Some(Use::Host) => tried.answered(),
        _ => tried.works(),
    })
}
