//! Incidents as clients see them.

use model::{Failure, Fault, Status, incident};
use poem_openapi::{Object, types::Example};
use serve::{evidence::Observation, timestamp::Timestamp};

/// A part of the list of incidents.
#[derive(Debug, Object)]
#[oai(example)]
pub struct IncidentPage {
    /// The incidents, newest first; before them those regions from which no run comes.
    incidents: Vec<Incident>,
    /// Where the list goes on: the next call's `cursor`. Null at the end of the list. Opaque.
    next: Option<String>,
}

/// A span in which something was not up, by one cause.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Incident {
    /// Its number; 0 of one that is worked out at reading, because no run comes.
    id: i32,
    /// The region, or `global`.
    region: String,
    /// The services and applications that were concerned so far: services before applications,
    /// then by name.
    services: Vec<String>,
    /// The worst status so far of those to blame. `unknown` where the monitor was at fault, or
    /// nobody can say whose fault it is.
    status: Status,
    /// The failure that decided; null where nobody can name one.
    cause: Option<Failure>,
    /// Whose fault it is. Ours is what the monitor cannot see by its own fault, and an application
    /// that fails while the services that it needs are well.
    fault: Fault,
    /// Why, in words.
    reason: String,
    /// The version of the rule that says so; 0 where none did.
    rule: i16,
    /// The first slot that was not up.
    started_at: Timestamp,
    /// When the round was judged that opened it.
    detected_at: Timestamp,
    /// When the round was judged that changed it last.
    updated_at: Timestamp,
    /// The first slot from which on all was well; null while it goes on.
    ended_at: Option<Timestamp>,
    /// How many slots were not up.
    slots: i32,
}

/// What happened to an incident.
#[derive(Debug, Object)]
#[oai(rename = "IncidentUpdate")]
pub struct Update {
    /// In which slot.
    at: Timestamp,
    /// What happened.
    kind: incident::Kind,
    /// The worst status so far; `up` when it was resolved.
    status: Status,
    /// All that were concerned so far.
    services: Vec<String>,
    /// The failure that decided.
    cause: Option<Failure>,
    /// Why, in words.
    reason: String,
}

/// An incident with what happened to it and what was seen meanwhile.
#[derive(Debug, Object)]
#[oai(example)]
pub struct IncidentWithEvidence {
    /// The incident itself.
    #[oai(flatten)]
    incident: Incident,
    /// What happened to it, oldest first.
    timeline: Vec<Update>,
    /// What failed meanwhile of the steps that need its services, newest first; all that failed,
    /// when only applications were concerned. When the cause is `slow`, also what succeeded: how
    /// long it took is the evidence.
    evidence: Vec<Observation>,
    /// There is more evidence than this.
    evidence_truncated: bool,
}

/// An incident's number, in the documents' examples.
pub(super) fn example_id() -> i32 {
    42
}

impl IncidentPage {
    pub(super) fn of(
        missing: impl Iterator<Item = incident::Incident>,
        stored: model::Page<incident::Incident>,
    ) -> Self {
        Self {
            incidents: missing.chain(stored.items).map(Incident::from).collect(),
            next: stored.next.map(|cursor| cursor.to_string()),
        }
    }
}

impl From<incident::Incident> for Incident {
    fn from(of: incident::Incident) -> Self {
        Self {
            id: of.id,
            region: of.region,
            services: of.services,
            status: of.status,
            cause: of.cause,
            fault: of.fault,
            reason: of.reason,
            rule: of.rule,
            started_at: Timestamp(of.started_at),
            detected_at: Timestamp(of.detected_at),
            updated_at: Timestamp(of.updated_at),
            ended_at: of.ended_at.map(Timestamp),
            slots: of.slots,
        }
    }
}

impl From<incident::Update> for Update {
    fn from(of: incident::Update) -> Self {
        Self {
            at: Timestamp(of.at),
            kind: of.kind,
            status: of.status,
            services: of.services,
            cause: of.cause,
            reason: of.reason,
        }
    }
}

impl From<incident::Detailed> for IncidentWithEvidence {
    fn from(of: incident::Detailed) -> Self {
        Self {
            incident: of.incident.into(),
            timeline: of.timeline.into_iter().map(Update::from).collect(),
            evidence: of.evidence.into_iter().map(Observation::from).collect(),
            evidence_truncated: of.is_truncated,
        }
    }
}

impl Example for IncidentPage {
    fn example() -> Self {
        Self { incidents: vec![Incident::example()], next: None }
    }
}

impl Example for Incident {
    fn example() -> Self {
        let slot = Timestamp::example().0;
        Self {
            id: example_id(),
            region: "us-east-1".into(),
            services: vec!["DynamoDB".into(), "SQS + EC2 Voting Game".into()],
            status: Status::Down,
            cause: Some(Failure::Resolve),
            fault: Fault::Provider,
            reason: "DynamoDB: every attempt fails: the name does not resolve".into(),
            rule: 2,
            started_at: Timestamp(slot),
            detected_at: Timestamp(slot + chrono::TimeDelta::seconds(4)),
            updated_at: Timestamp(slot + chrono::TimeDelta::seconds(4)),
            ended_at: None,
            slots: 1,
        }
    }
}

impl Example for IncidentWithEvidence {
    fn example() -> Self {
        let incident = Incident::example();
        let opened = Update {
            at: incident.started_at,
            kind: incident::Kind::Opened,
            status: incident.status,
            services: incident.services.clone(),
            cause: incident.cause,
            reason: incident.reason.clone(),
        };
        Self {
            incident,
            timeline: vec![opened],
            evidence: vec![Observation::example()],
            evidence_truncated: false,
        }
    }
}
