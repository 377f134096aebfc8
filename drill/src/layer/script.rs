//! What the faults of a scenario do to a connection or a request: decided here, done elsewhere.

use std::time::Duration;

use rand::Rng;

use super::chance::{Chance, normal};
use crate::{
    fault::{Client, Fault, Kind, Place, Target},
    scenario::Scenario,
};

/// 5 min: how far a signature's time may be off.
const LARGEST_SKEW: u64 = 300;

/// 2 min: how long a machine must be dead until its status checks say so.
const CHECKS_NOTICE_AFTER: i32 = 2;

/// The faults of a scenario, and its chance.
#[derive(Debug)]
pub struct Script {
    faults: Vec<Fault>,
    chance: Chance,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is made.
    Made,
    /// The name has no address.
    Nameless,
    /// It is refused.
    Refused,
    /// Nobody answers, until this minute.
    Unanswered(i32),
}

/// What is asked, as far as faults care.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// `PutItem`, `GET /shades`.
    pub operation: &'a str,
    /// Whether it is signed with a key.
    pub is_signed: bool,
    /// Whether it is the first request of its connection.
    pub is_first: bool,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Treatment {
    /// How much later it is answered.
    pub delay: Duration,
    /// What is done.
    pub act: Act,
}

/// What is done to a request or its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing.
    Pass,
    /// The connection is reset.
    Reset,
    /// Nobody answers, until this minute.
    Silence(i32),
    /// It is refused.
    Refuse(Reason),
    /// The answer breaks off.
    Truncate,
    /// The answer is unreadable.
    Garble,
    /// An old answer is given.
    Stale,
    /// What it brings is never delivered.
    Drop,
    /// What it brings is delivered later.
    Defer(Duration),
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// With this status.
    Status(u16),
    /// Too many.
    Throttled,
    /// The token has expired.
    Expired,
    /// The signature's time is not now.
    Skewed,
    /// The gateway's function could not be called.
    Integration,
}

impl Script {
    /// What a scenario injects.
    pub fn of(scenario: &Scenario) -> Self {
        Self { faults: scenario.faults.clone(), chance: Chance::of(&scenario.id) }
    }

    /// Nothing at all.
    pub fn empty() -> Self {
        Self { faults: Vec::new(), chance: Chance::of("") }
    }

    /// What becomes of a new connection.
    pub fn connection(&self, place: Place, minute: i32) -> Arrival {
        for (index, fault) in self.active(minute) {
            let is_met = fault.is_at(place) && fault.operations.is_empty();
            if !is_met || !fault.kind.is_of_connections() || fault.kind == Kind::Tls {
                continue;
            }
            if self.hits(index, fault, place) {
                return match fault.kind {
                    Kind::Resolve => Arrival::Nameless,
                    Kind::Blackhole => Arrival::Unanswered(fault.to),
                    _ => Arrival::Refused,
                };
            }
        }
        Arrival::Made
    }

    /// What becomes of every look-up: of the monitor's resolver, no name is answered (`Some`).
    pub fn resolver(&self, minute: i32) -> Option<Arrival> {
        let monitor = Place::of_monitor(Target::Control);
        self.active(minute).find_map(|(index, fault)| {
            let is_everywhere = matches!(fault.target, Target::Local | Target::All);
            let is_met = is_everywhere && fault.operations.is_empty();
            let arrival = match fault.kind {
                Kind::Resolve => Arrival::Nameless,
                Kind::Blackhole => Arrival::Unanswered(fault.to),
                _ => return None,
            };
            (is_met && self.hits(index, fault, monitor)).then_some(arrival)
        })
    }

    /// Whether a place is reached over TLS in this scenario.
    pub fn speaks_tls(&self, place: Place) -> bool {
        place.client == Client::Monitor
            && self.faults.iter().any(|fault| fault.kind == Kind::Tls && fault.is_at(place))
    }

    /// Whether a new connection is shown a certificate that nobody believes.
    pub fn shows_bad_certificate(&self, place: Place, minute: i32) -> bool {
        self.active(minute).any(|(index, fault)| {
            fault.kind == Kind::Tls && fault.is_at(place) && self.hits(index, fault, place)
        })
    }

    /// What becomes of a request. Delays add up; of what else happens, the first decides.
    pub fn request(&self, place: Place, minute: i32, asked: Asked<'_>) -> Treatment {
        let mut delay = Duration::ZERO;
        for (index, fault) in self.active(minute) {
            let behind = is_behind_gateway(fault, place);
            let concerned = match behind {
                true => fault.concerns("Invoke"),
                false => fault.is_at(place) && fault.concerns(asked.operation),
            };
            if !concerned || !is_met(fault, place, asked, behind) {
                continue;
            }
            let mut draws = self.chance.next(index, place);
            if draws.random::<f64>() >= fault.share {
                continue;
            }
            if let Kind::Latency(tail) = fault.kind {
                delay += tail.at(normal(&mut draws));
                continue;
            }
            let act = match (fault.kind, behind) {
                (Kind::Blackhole, _) => Act::Silence(fault.to),
                (_, true) => Act::Refuse(Reason::Integration),
                (Kind::Status(status), _) => Act::Refuse(Reason::Status(status)),
                (Kind::Throttle, _) => Act::Refuse(Reason::Throttled),
                (Kind::Credentials, _) => Act::Refuse(Reason::Expired),
                (Kind::Clock { .. }, _) => Act::Refuse(Reason::Skewed),
                (Kind::Body, _) if draws.random() => Act::Truncate,
                (Kind::Body, _) => Act::Garble,
                (Kind::Stale, _) => Act::Stale,
                (Kind::DropAsync, _) => Act::Drop,
                (Kind::DelayAsync(tail), _) => Act::Defer(tail.at(normal(&mut draws))),
                _ => Act::Reset,
            };
            return Treatment { delay, act };
        }
        Treatment { delay, act: Act::Pass }
    }

    /// How far the monitor's clock is ahead of the answers at a place.
    pub fn clock_ahead(&self, place: Place, minute: i32) -> Option<i64> {
        self.active(minute).find_map(|(_, fault)| match fault.kind {
            Kind::Clock { seconds } if fault.is_at(place) => Some(seconds),
            _ => None,
        })
    }

    /// Whether the instance's status checks fail: nothing has got through to it for a while.
    pub fn instance_is_impaired(&self, minute: i32) -> bool {
        self.active(minute).any(|(_, fault)| {
            let is_dead = fault.kind.is_of_connections() && fault.operations.is_empty();
            fault.target == Target::Instance
                && is_dead
                && fault.share == 1.0
                && minute >= fault.from + CHECKS_NOTICE_AFTER
        })
    }

    /// Whether a fault has ended between these two minutes.
    pub fn has_ended(&self, before: i32, now: i32) -> bool {
        self.faults.iter().any(|fault| fault.is_active(before) && !fault.is_active(now))
    }

    fn active(&self, minute: i32) -> impl Iterator<Item = (usize, &Fault)> {
        self.faults.iter().enumerate().filter(move |(_, fault)| fault.is_active(minute))
    }

    fn hits(&self, index: usize, fault: &Fault, place: Place) -> bool {
        self.chance.next(index, place).random::<f64>() < fault.share
    }
}

/// The gateway calls the function over Lambda's endpoint, as everybody does.
fn is_behind_gateway(fault: &Fault, place: Place) -> bool {
    fault.target == Target::Lambda && place.target == Target::Apigateway
}

/// Whether a fault that concerns a request can hit it.
fn is_met(fault: &Fault, place: Place, asked: Asked<'_>, behind: bool) -> bool {
    if fault.new_connections_only && !asked.is_first {
        return false;
    }
    let provider_refuses_monitor = place.client == Client::Monitor && asked.is_signed;
    match fault.kind {
        Kind::Tls => false,
        kind if kind.is_of_connections() => {
            // New connections were drawn for when they were made.
            let is_reused = place.client == Client::Applications && !asked.is_first;
            behind || is_reused || !fault.operations.is_empty()
        }
        Kind::Credentials => provider_refuses_monitor,
        Kind::Clock { seconds } => {
            provider_refuses_monitor && seconds.unsigned_abs() > LARGEST_SKEW
        }
        Kind::Throttle if fault.target == Target::Local => provider_refuses_monitor,
        Kind::DropAsync | Kind::DelayAsync(_) => {
            matches!(asked.operation, "SendMessage" | "POST /votes")
        }
        Kind::Stale => is_read(asked.operation),
        _ => true,
    }
}

fn is_read(operation: &str) -> bool {
    ["Get", "GET ", "Describe", "List", "Query", "Scan", "Receive", "Invoke"]
        .iter()
        .any(|beginning| operation.starts_with(beginning))
}

#[cfg(test)]
mod tests;
