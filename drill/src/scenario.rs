//! A scenario: what was broken, when, and what a good monitor says.

mod parse;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{error::Error, fault::Fault};

/// The services that a monitor judges.
pub const SERVICES: [&str; 7] = ["API Gateway", "DynamoDB", "EC2", "IAM", "Lambda", "S3", "SQS"];

/// The sample applications, which a truth may name as well.
pub const APPLICATIONS: [&str; 4] = [
    "EC2 Bezos Quote Generator",
    "Lambda Random Shade Generator",
    "S3 File Serving",
    "SQS + EC2 Voting Game",
];

/// In a truth: every service.
pub const EVERY: &str = "*";

/// One outage, or a night without one.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub id: String,
    /// What happens in it, in one line.
    pub title: String,
    /// Where the facts come from.
    pub source: String,
    /// The region that is judged.
    pub region: String,
    /// How many slots are played and scored.
    pub slots: i32,
    /// The slot at which `t = 0`.
    pub onset: i32,
    /// What is really so; everything else is up.
    pub truths: Vec<Truth>,
    /// What is injected.
    pub faults: Vec<Fault>,
    /// What is expected of the monitor.
    pub expect: Expect,
}

/// How a service really is for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// A service, an application, or [`EVERY`].
    pub service: String,
    /// How it is.
    pub status: Status,
    /// The first minute.
    pub from: i32,
    /// The minute after the last.
    pub to: i32,
    /// Minutes until it must be noticed, where it is not the scenario's.
    pub detect_within: Option<i32>,
}

/// What a service can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It works.
    Up,
    /// It works for some, or in part, or slowly.
    Degraded,
    /// It does not work.
    Down,
    /// Nobody can tell.
    Unknown,
}

impl Status {
    /// Whether a service that is said to be so is blamed.
    pub fn is_blame(self) -> bool {
        matches!(self, Self::Degraded | Self::Down)
    }
}

/// What is expected of the monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Slots from the start of a truth to the first that says so; 0 is its first slot.
    pub detect_within: i32,
    /// Slots from the end of a truth to the first `up`.
    pub clear_within: i32,
    /// Slots that may be judged down for a service that is not.
    pub false_down: u32,
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// Names the file, and the line and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|Malformed { line, problem }| Error::Malformed {
            path: path.to_owned(),
            line,
            problem,
        })
    }

    /// The minutes that are played, with those that are scored from `-onset` on.
    pub fn minutes(&self) -> std::ops::Range<i32> {
        -self.onset..self.slots - self.onset
    }
}

/// What is wrong with a scenario's text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}
