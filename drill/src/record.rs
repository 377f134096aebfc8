//! What was recorded of a play, as the API tells it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::scenario::Status;

/// The status of each service in each minute.
pub type Judged = BTreeMap<(String, i32), Status>;

/// A measurement, as far as a drill cares.
#[derive(Clone, Debug, Deserialize)]
pub struct Measurement {
    /// The minute by the scheduler's time.
    pub slot: DateTime<Utc>,
    /// Of what.
    pub service: String,
    /// What was said.
    pub status: Status,
}

/// An observation, as far as a drill cares.
#[derive(Clone, Debug, Deserialize)]
pub struct Observation {
    /// The minute by the scheduler's time; none of a probe that ran by itself.
    pub slot: Option<DateTime<Utc>>,
    /// The probe.
    pub probe: String,
    /// The step within it.
    pub step: String,
    /// 1 for the first attempt.
    pub attempt: i16,
    /// `succeeded`, `failed` or `skipped`.
    pub outcome: String,
}

/// A registered probe, as far as a drill cares.
#[derive(Clone, Debug, Deserialize)]
pub struct Probe {
    /// Its name.
    pub name: String,
    /// The application that it exercises; none of a direct call.
    pub application: Option<String>,
    /// The services that it needs.
    pub services: BTreeSet<String>,
}

/// An incident, as far as a drill cares.
#[derive(Clone, Debug, Deserialize)]
pub struct Incident {
    /// 0 of one that was not recorded.
    pub id: i64,
    /// Whose fault it is said to be: `provider`, `ours` or `unclear`.
    pub fault: String,
}

/// Everything that a play left behind.
#[derive(Clone, Debug)]
pub struct Record {
    /// The slot of minute 0.
    pub onset: DateTime<Utc>,
    /// The judged rows.
    pub measurements: Vec<Measurement>,
    /// What was seen.
    pub observations: Vec<Observation>,
    /// The registry.
    pub probes: Vec<Probe>,
    /// The incidents.
    pub incidents: Vec<Incident>,
}

impl Record {
    /// The minute of a slot.
    pub fn minute(&self, slot: DateTime<Utc>) -> i32 {
        i32::try_from((slot - self.onset).num_minutes()).unwrap_or(i32::MAX)
    }

    /// How many incidents were recorded of which the provider is said to be guilty.
    pub fn provider_incidents(&self) -> usize {
        let of_provider = |one: &&Incident| one.id != 0 && one.fault == "provider";
        self.incidents.iter().filter(of_provider).count()
    }

    /// What the monitor said.
    pub fn judged(&self) -> Judged {
        let row = |row: &Measurement| ((row.service.clone(), self.minute(row.slot)), row.status);
        self.measurements.iter().map(row).collect()
    }
}
