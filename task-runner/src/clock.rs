//! Our own clock, compared with those of everybody who answered in a round.

use chrono::{SubsecRound, TimeDelta, Utc};
use model::{
    Failure, Outcome,
    observation::{Observation, Phases},
};
use verdict::catalogue::{CLOCK, CONTROL};

use crate::net::Wire;

/// 2 min: signatures are refused from 5 min on, and a difference that grows is told before.
const TOLERANCE: TimeDelta = TimeDelta::minutes(2);

/// What the answers of a round say about our clock; nothing when too few came, or when all is
/// well and nobody asked for `always` knowing.
pub(crate) fn check(wire: &Wire, always: bool) -> Option<Observation> {
    let ahead = wire.clock_ahead()?;
    let is_off = ahead.abs() > TOLERANCE;
    (is_off || always).then(|| Observation {
        probe: CONTROL.name.into(),
        step: CLOCK.into(),
        services: Vec::new(),
        attempt: 1,
        started_at: Utc::now().trunc_subsecs(6),
        outcome: if is_off { Outcome::Failed } else { Outcome::Succeeded },
        failure: is_off.then_some(Failure::Clock),
        phase: None,
        http_status: None,
        request_id: None,
        phases: Phases::default(),
        total_us: None,
        detail: is_off.then(|| format!("the clock is {} s ahead", ahead.num_seconds())),
    })
}
