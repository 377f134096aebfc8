//! How fast time goes in a drill, and what that does to the monitor's deadlines.
//!
//! A slot is a minute by its schedule, and lasts as long as its round. The deadlines keep the
//! proportions that they have by default (a round 30 s, a step 10 s, a vote 10 s).

use std::time::Duration;

use crate::{
    fault::{Fault, Kind},
    scenario::Scenario,
};

/// Slots before onset that every scenario has, played as a warm-up where its own are fewer: what
/// is normal has to be known before what is not.
pub const BEFORE_ONSET: i32 = 8;

/// 2 s: what takes a tenth of that on an idle machine is not cut off on a busy one.
const STEP: Duration = Duration::from_secs(2);

/// 1.25: an answer in the tail of a latency is late, and still an answer.
const ABOVE_TAIL: f64 = 1.25;

/// 10 s, the default: nobody waits longer.
const LONGEST_STEP: Duration = Duration::from_secs(10);

/// 3, as 30 s are to 10 s.
const STEPS_IN_ROUND: u32 = 3;

/// 6 s after a fault has ended: the applications' longest pause before they try again is 5 s, and
/// of the minute between two slots hardly anything is played.
pub const SETTLING: Duration = Duration::from_secs(6);

/// The monitor's deadlines in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// `TM_STEP_DEADLINE`.
    pub step: Duration,
    /// `TM_ROUND_DEADLINE`.
    pub round: Duration,
    /// `TM_SQS_SLEEP`.
    pub vote: Duration,
}

impl Deadlines {
    /// Long enough for what the scenario slows down.
    pub fn of(scenario: &Scenario) -> Self {
        let tail = |fault: &Fault| match fault.kind {
            Kind::Latency(tail) => Some(tail.p99.mul_f64(ABOVE_TAIL)),
            _ => None,
        };
        let longest = scenario.faults.iter().filter_map(tail).max().unwrap_or_default();
        let step = STEP.max(longest).min(LONGEST_STEP);
        Self { step, round: step * STEPS_IN_ROUND, vote: step }
    }
}
