//! An event: a round as JSON, rendered once for all who hear of it.

use std::sync::Arc;

use bytes::Bytes;
use model::{Failure, Status, round::Numbered, service, status_change::Change};
use poem_openapi::{
    Object,
    types::{Example, ToJSON},
};
use serve::{evidence::Measurement, timestamp::Timestamp};

use crate::incidents::Incident;

/// A round that was recorded.
#[derive(Debug, Object)]
#[oai(example)]
pub struct RoundEvent {
    /// The run's name.
    id: String,
    /// The region that was judged.
    region: String,
    /// The minute that was judged, by its start. It may be an old one: a round that could not be
    /// recorded in its time comes late.
    slot: Timestamp,
    /// Everything that was judged in this slot, of the region and of `global`.
    measurements: Vec<Measurement>,
    /// What changed by this round. A round that comes late, after a newer one, changes nothing.
    changes: Vec<StatusChange>,
    /// The incidents that this round opened, changed or ended, as they are now.
    incidents: Vec<Incident>,
}

/// A change of how a service stands in a region.
#[derive(Debug, Object)]
#[oai(example)]
pub struct StatusChange {
    /// The slot since which it stands so.
    slot: Timestamp,
    /// The region, or `global`.
    region: String,
    /// The service or application.
    service: String,
    /// Whether it is the provider's service or our application.
    kind: service::Kind,
    /// How it stood before; null when this is the first measurement ever.
    previous_status: Option<Status>,
    /// How it stands now.
    status: Status,
    /// The failure that decided; null when the status is `up`.
    cause: Option<Failure>,
    /// How long its exchanges took in that slot, in microseconds; null unless they succeeded.
    latency_us: Option<i32>,
}

/// A round, ready to be sent. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Event(Arc<Rendered>);

#[derive(Debug)]
struct Rendered {
    sequence: i64,
    region: String,
    measured: Vec<String>,
    changed: Vec<Place>,
    bytes: Bytes,
}

/// A region and a service.
pub(super) type Place = (String, String);

impl Event {
    /// Renders a round.
    pub(super) fn of(round: Numbered) -> Self {
        let (id, sequence, region) = (round.id(), round.sequence, round.region.clone());
        let measured = round.measurements.iter().map(|row| row.service.clone()).collect();
        let places = round.changes.iter().map(|row| (row.region.clone(), row.service.clone()));
        let of_incidents = round.incidents.iter().flat_map(|incident| {
            incident.services.iter().map(|service| (incident.region.clone(), service.clone()))
        });
        let changed = places.chain(of_incidents).collect();
        let data = RoundEvent {
            id,
            region: round.region,
            slot: Timestamp(round.slot),
            measurements: round.measurements.into_iter().map(Measurement::from).collect(),
            changes: round.changes.into_iter().map(StatusChange::from).collect(),
            incidents: round.incidents.into_iter().map(Incident::from).collect(),
        };
        // JSON has its line breaks escaped: the data is one line.
        let text = format!("id: {sequence}\nevent: round\ndata: {}\n\n", data.to_json_string());
        Self(Arc::new(Rendered { sequence, region, measured, changed, bytes: text.into() }))
    }

    /// The number of the round.
    pub(super) fn sequence(&self) -> i64 {
        self.0.sequence
    }

    /// The region that was judged.
    pub(super) fn region(&self) -> &str {
        &self.0.region
    }

    /// The services that were judged.
    pub(super) fn measured(&self) -> &[String] {
        &self.0.measured
    }

    /// What changed, and what the incidents are about that did.
    pub(super) fn changed(&self) -> &[Place] {
        &self.0.changed
    }

    /// The event as it is sent.
    pub(super) fn bytes(&self) -> Bytes {
        self.0.bytes.clone()
    }
}

impl From<Change> for StatusChange {
    fn from(row: Change) -> Self {
        Self {
            slot: Timestamp(row.slot),
            region: row.region,
            service: row.service,
            kind: row.kind,
            previous_status: row.previous_status,
            status: row.status,
            cause: row.cause,
            latency_us: row.latency_us,
        }
    }
}

impl Example for RoundEvent {
    fn example() -> Self {
        let slot = Timestamp::example();
        Self {
            id: model::round::run_id("us-east-1", slot.0),
            region: "us-east-1".into(),
            slot,
            measurements: vec![Measurement::example()],
            changes: vec![StatusChange::example()],
            incidents: vec![Incident::example()],
        }
    }
}

impl Example for StatusChange {
    fn example() -> Self {
        Self {
            slot: Timestamp::example(),
            region: "us-east-1".into(),
            service: "DynamoDB".into(),
            kind: service::Kind::Service,
            previous_status: Some(Status::Up),
            status: Status::Down,
            cause: Some(Failure::Resolve),
            latency_us: None,
        }
    }
}
