//! How control plane, data plane and end-to-end path of a service stand, each by itself.

use model::{Planes, Status};

use crate::{
    catalogue::Use,
    history::{History, Round, Tried},
};

/// How the parts of a service stand, each judged by the steps of this slot alone.
pub(crate) fn of(history: &History, service: &str) -> Planes {
    let now = &history.now;
    let direct = now.direct(service);
    let is_control = |tried: &&&Tried| tried.need(service) == Some(Use::Control);
    let control: Vec<_> = direct.iter().filter(is_control).copied().collect();
    let data: Vec<_> = direct.iter().filter(|tried| !is_control(tried)).copied().collect();
    Planes {
        control: standing(now, &control),
        data: standing(now, &data),
        end_to_end: standing(now, &now.uses(service)),
    }
}

fn standing(now: &Round, steps: &[&Tried]) -> Option<Status> {
    let tried: Vec<_> = steps.iter().filter(|tried| !tried.attempts.is_empty()).collect();
    let works = tried.iter().any(|tried| tried.works());
    let fails: Vec<_> = tried.iter().filter(|tried| tried.fails()).collect();
    match () {
        () if tried.is_empty() => None,
        () if fails.is_empty() => Some(Status::Up),
        () if fails.iter().all(|tried| now.is_ours(tried)) => Some(Status::Unknown),
        () if works => Some(Status::Degraded),
        () => Some(Status::Down),
    }
}
