//! What a verdict is made from.

use chrono::{DateTime, TimeDelta, Utc};
use model::observation::Observation;

use crate::{catalogue::Probe, slow::Normals};

/// All that the rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What is known of the probes; what others saw is not looked at.
    pub catalogue: &'a [&'static Probe],
    /// The slot that is judged.
    pub slot: DateTime<Utc>,
    /// What was seen in it: every attempt.
    pub round: &'a [Observation],
    /// What was seen in the slots before it, in any order.
    pub recent: &'a [Past],
    /// How long the exchanges of each service and application usually take.
    pub normals: &'a Normals,
}

/// What was seen in an earlier slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The slot.
    pub slot: DateTime<Utc>,
    /// Every attempt.
    pub observations: Vec<Observation>,
}

impl Past {
    /// 15 min: a share of failing calls is seen over four slots, and the slots before these say
    /// whether it was seen already.
    pub const REACH: TimeDelta = TimeDelta::minutes(15);
}
