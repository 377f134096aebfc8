//! The verdict on everything that a round speaks of.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use model::{Explanation, Failure, Planes, Status, measurement::Measurement, service::Kind};

use crate::{
    VERSION, application,
    catalogue::{Need, Probe, Step, Subject},
    direct,
    evidence::Evidence,
    history::{History, Tried},
    planes,
    reason::Reason,
    service,
    slow::Normals,
};

/// The verdict on one service or application in one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is stored, with its explanation.
    pub measurement: Measurement,
    /// Why.
    pub reason: Reason,
    /// The steps whose observations in this slot, or a few before it, it rests on.
    pub rests_on: Vec<StepName>,
}

/// A step, by its probe and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepName {
    /// The probe.
    pub probe: &'static str,
    /// The step within it.
    pub step: &'static str,
}

/// What was found about one service or application, before it has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) status: Status,
    pub(crate) reason: Reason,
    pub(crate) cause: Option<Failure>,
    pub(crate) latency_us: Option<i64>,
    pub(crate) rests_on: Vec<StepName>,
}

impl Finding {
    pub(crate) fn new(status: Status, reason: Reason, steps: &[&Tried]) -> Self {
        let cause = match &reason {
            Reason::Works | Reason::NoEvidence | Reason::Explained(_) => None,
            Reason::Fails(failure)
            | Reason::PartlyFails(failure)
            | Reason::Ours(failure)
            | Reason::Unclear(failure) => Some(*failure),
            Reason::NotDelivered => Some(Failure::NotVisible),
            Reason::Sheds => Some(Failure::Throttled),
            Reason::Share { .. } => Some(Failure::Intermittent),
            Reason::Slow(_) => Some(Failure::Slow),
        };
        let mut rests_on: Vec<_> = steps.iter().map(|tried| tried.name()).collect();
        rests_on.sort_unstable();
        rests_on.dedup();
        Self { status, reason, cause, latency_us: None, rests_on }
    }

    pub(crate) fn lasting(self, latency_us: Option<i64>) -> Self {
        Self { latency_us, ..self }
    }

    pub(crate) fn with_cause(self, cause: Option<Failure>) -> Self {
        Self { cause, ..self }
    }

    pub(crate) fn blames(&self) -> bool {
        matches!(self.status, Status::Down | Status::Degraded)
    }
}

impl Tried<'_> {
    fn name(&self) -> StepName {
        StepName { probe: self.probe.name, step: self.step.name }
    }
}

/// What every part of the rule looks at.
pub(crate) struct Case<'a> {
    pub(crate) history: History<'a>,
    pub(crate) normals: &'a Normals,
    /// What the direct calls of each service say; see [`direct::finding`].
    pub(crate) direct: BTreeMap<&'static str, Option<Finding>>,
    /// We are slow ourselves: nothing is to be blamed for it.
    pub(crate) we_are_slow: bool,
}

/// Judges every service and application that the round speaks of: services by name, then
/// applications in the catalogue's order.
pub fn judge(evidence: &Evidence) -> Vec<Verdict> {
    let history = History::of(evidence);
    let mentioned = mentioned(&history);
    let direct = mentioned.iter().map(|service| (*service, direct::finding(&history, service)));
    let case = Case {
        direct: direct.collect(),
        normals: evidence.normals,
        we_are_slow: history.control_is_slow(),
        history,
    };
    let mut verdicts: Vec<Verdict> =
        mentioned.iter().map(|service| of_service(&case, evidence, service)).collect();
    for probe in evidence.catalogue {
        let Subject::Application(name) = probe.subject else { continue };
        let Some(finding) = application::finding(&case, probe, name) else { continue };
        let suspect = suspect(probe, &finding, &verdicts);
        verdicts.push(verdict((name, Kind::Application, false), finding, |explanation| {
            Explanation { suspect: suspect.map(Cow::Borrowed), ..explanation }
        }));
    }
    verdicts
}

/// The service that explains why an application is not up, or may: one that the steps in question
/// need and that is to blame, or else one of which nobody can say.
fn suspect(probe: &Probe, finding: &Finding, services: &[Verdict]) -> Option<&'static str> {
    if finding.status == Status::Up {
        return None;
    }
    let rests_on = |step: &&Step| finding.rests_on.iter().any(|name| name.step == step.name);
    let needs = || probe.steps.iter().filter(rests_on).flat_map(|step| step.needs);
    let found = |suspicious: &dyn Fn(&Verdict) -> bool| {
        let stands_so = |need: &&Need| {
            services.iter().any(|v| v.measurement.service == need.service && suspicious(v))
        };
        needs().find(stands_so).map(|need| need.service)
    };
    found(&|verdict| matches!(verdict.measurement.status, Status::Down | Status::Degraded))
        .or_else(|| found(&|verdict| matches!(verdict.reason, Reason::Unclear(_))))
}

/// The services that a step needs which was tried in this round.
fn mentioned(history: &History) -> BTreeSet<&'static str> {
    let tried = history.now.steps.iter().filter(|tried| !tried.attempts.is_empty());
    tried.flat_map(|tried| tried.step.needs).map(|need| need.service).collect()
}

fn of_service(case: &Case, evidence: &Evidence, service: &'static str) -> Verdict {
    let global = evidence.catalogue.iter().any(
        |probe| matches!(probe.subject, Subject::Service { name, global: true } if name == service),
    );
    let planes = planes::of(&case.history, service);
    let finding = service::finding(case, service);
    verdict((service, Kind::Service, global), finding, |explanation| Explanation {
        planes,
        ..explanation
    })
}

fn verdict(
    (name, kind, global): (&'static str, Kind, bool),
    finding: Finding,
    with_more: impl FnOnce(Explanation) -> Explanation,
) -> Verdict {
    let explanation = Explanation {
        reason: finding.reason.to_string().into(),
        rule: VERSION,
        fault: finding.reason.fault(kind),
        suspect: match &finding.reason {
            Reason::Explained(service) => Some(service.clone().into()),
            _ => None,
        },
        planes: Planes::default(),
    };
    let measurement = Measurement {
        service: name.into(),
        kind,
        global,
        status: finding.status,
        latency_us: finding.latency_us.map(|us| i32::try_from(us).unwrap_or(i32::MAX)),
        cause: finding.cause,
        explanation: Some(with_more(explanation)),
    };
    Verdict { measurement, reason: finding.reason, rests_on: finding.rests_on }
}
