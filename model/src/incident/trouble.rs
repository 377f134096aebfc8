//! What is wrong in one slot of a region, cause by cause.

use std::collections::BTreeSet;

use crate::{Failure, Fault, Status, round::Judged, service};

/// What is wrong by one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) fault: Fault,
    /// The worst of them.
    pub(crate) status: Status,
    pub(crate) cause: Option<Failure>,
    pub(crate) reason: String,
    pub(crate) rule: i16,
    /// The services that are to blame.
    pub(crate) blamed: BTreeSet<i16>,
    /// These, and those that suffer from it.
    pub(crate) services: BTreeSet<i16>,
}

impl Trouble {
    /// The monitor is at fault; see [`super::Model::is_of_monitor`].
    pub(crate) fn is_of_monitor(&self) -> bool {
        self.fault == Fault::Ours && self.status == Status::Unknown
    }
}

/// What makes services one trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The monitor is at fault.
    Monitor,
    /// The provider's services fail in the same way.
    Provider(Option<Failure>),
    /// Nobody can say whose fault it is.
    Unclear,
    /// An application of ours fails by itself.
    Application(i16),
}

/// The services that one cause takes along.
struct Group<'a> {
    cause: Cause,
    blamed: Vec<&'a Judged>,
    suffering: Vec<&'a Judged>,
}

/// What is wrong among what was judged of one slot in one region.
pub(crate) fn of(judged: &[Judged]) -> Vec<Trouble> {
    let not_up = || judged.iter().filter(|judged| judged.row.status != Status::Up);
    let suspects = |judged: &&Judged| {
        let suspect = judged.explanation.suspect.as_deref();
        not_up().any(|other| Some(other.name.as_str()) == suspect && other.name != judged.name)
    };
    let (mut suffering, accused): (Vec<&Judged>, Vec<&Judged>) = not_up().partition(suspects);
    let mut groups: Vec<Group> = Vec::new();
    for judged in accused {
        let Some(cause) = cause(judged) else { continue };
        match groups.iter_mut().find(|group| group.cause == cause) {
            Some(group) => group.blamed.push(judged),
            None => groups.push(Group { cause, blamed: vec![judged], suffering: Vec::new() }),
        }
    }
    // One may suffer from another that suffers itself.
    while let Some(at) = suffering.iter().position(|judged| home(&groups, judged).is_some()) {
        let judged = suffering.swap_remove(at);
        if let Some(group) = home(&groups, judged) {
            groups[group].suffering.push(judged);
        }
    }
    groups.iter().filter_map(Group::trouble).collect()
}

/// The group of the service that this one suffers from.
fn home(groups: &[Group], judged: &Judged) -> Option<usize> {
    let suspect = judged.explanation.suspect.as_deref()?;
    groups.iter().position(|group| group.all().any(|other| other.name == suspect))
}

/// `None` where nothing was seen, which is no trouble by itself.
fn cause(judged: &Judged) -> Option<Cause> {
    let unknown = judged.row.status == Status::Unknown;
    match (judged.explanation.fault, judged.kind) {
        (None, _) if judged.explanation.suspect.is_none() => None,
        (Some(Fault::Ours), _) if unknown => Some(Cause::Monitor),
        (Some(Fault::Ours), service::Kind::Application) => {
            Some(Cause::Application(judged.row.service_id))
        }
        (Some(Fault::Provider), _) if !unknown => Some(Cause::Provider(judged.row.cause)),
        _ => Some(Cause::Unclear),
    }
}

impl<'a> Group<'a> {
    fn all(&self) -> impl Iterator<Item = &'a Judged> {
        self.blamed.iter().chain(&self.suffering).copied()
    }

    fn trouble(&self) -> Option<Trouble> {
        let mut worst = *self.blamed.first()?;
        for judged in &self.blamed {
            if judged.row.status.is_worse_than(worst.row.status) {
                worst = judged;
            }
        }
        let names: Vec<&str> = self.blamed.iter().map(|judged| judged.name.as_str()).collect();
        let fault = match self.cause {
            Cause::Monitor | Cause::Application(_) => Fault::Ours,
            Cause::Provider(_) => Fault::Provider,
            Cause::Unclear => Fault::Unclear,
        };
        let reason = &worst.explanation.reason;
        Some(Trouble {
            fault,
            status: worst.row.status,
            cause: worst.row.cause,
            reason: match self.cause {
                Cause::Monitor => reason.to_string(),
                _ => format!("{}: {reason}", names.join(", ")),
            },
            rule: worst.explanation.rule,
            blamed: self.blamed.iter().map(|judged| judged.row.service_id).collect(),
            services: self.all().map(|judged| judged.row.service_id).collect(),
        })
    }
}
