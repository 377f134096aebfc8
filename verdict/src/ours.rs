//! Is it us? What a round says about our own resolver, network, clock and account.

use std::collections::BTreeSet;

use model::{Failure, Fault, Outcome, Phase, observation::Observation};

use crate::catalogue::{CLOCK, Probe, Subject};

/// 3 services that throttle in one round have one thing in common: our account. One alone sheds
/// load, for a monitor calls a few times a minute, far below any quota.
const THROTTLING_TOGETHER: usize = 3;

/// 3 probes that cannot connect anywhere, where no control target tells more.
const UNCONNECTED_TOGETHER: usize = 3;

/// What is wrong on our side in one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ours {
    /// No name resolves, or not even that of a control target.
    pub(crate) resolver: bool,
    /// Nothing can be reached at all.
    pub(crate) network: bool,
    /// Our connections are lost by a share, those to control targets too. Seen over slots.
    pub(crate) lossy: bool,
    /// Our clock is off.
    pub(crate) clock: bool,
    /// Our account is throttled.
    pub(crate) throttled: bool,
}

/// An attempt, and whose it is.
pub(crate) type Attempt<'a> = (&'a Probe, &'a Observation);

impl Ours {
    pub(crate) fn of(attempts: &[Attempt]) -> Self {
        let is_off = |(_, seen): &Attempt| seen.step == CLOCK && seen.failure.is_some();
        Self {
            resolver: resolver_is_broken(attempts),
            network: network_is_broken(attempts),
            lossy: false,
            clock: attempts.iter().filter(|attempt| is_control(attempt)).any(is_off),
            throttled: account_is_throttled(attempts),
        }
    }

    /// Whose fault a failure can be, in the light of the whole round.
    pub(crate) fn fault(&self, seen: &Observation) -> Fault {
        let Some(failure) = seen.failure else { return Fault::Unclear };
        match failure {
            _ if is_unresolved(seen) && (self.resolver || self.network) => Fault::Ours,
            _ if is_on_the_wire(seen) && (self.network || self.lossy) => Fault::Ours,
            // Certificates are valid from one time to another.
            Failure::Tls if self.clock => Fault::Ours,
            Failure::Throttled if self.throttled => Fault::Ours,
            Failure::Throttled => Fault::Provider,
            // Other names do resolve: this one's record is gone.
            Failure::Resolve => Fault::Provider,
            other => other.fault(),
        }
    }

    /// The failure to name when one of this round is ours.
    pub(crate) fn cause(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Credentials if self.clock => Failure::Clock,
            _ if failure.fault() != Fault::Ours && failure != Failure::Throttled => Failure::Local,
            other => other,
        }
    }
}

/// The exchange broke before there was an answer.
pub(crate) fn is_on_the_wire(seen: &Observation) -> bool {
    use Failure::{Connect, Reset, Resolve, Timeout, Tls};
    seen.http_status.is_none()
        && matches!(seen.failure, Some(Resolve | Connect | Tls | Timeout | Reset))
}

fn is_unresolved(seen: &Observation) -> bool {
    let silent = seen.failure == Some(Failure::Timeout) && seen.phase == Some(Phase::Resolve);
    seen.failure == Some(Failure::Resolve) || silent
}

fn is_control((probe, _): &Attempt) -> bool {
    probe.subject == Subject::Control
}

/// A name that is gone is the provider's, but a resolver that finds no name at all is ours, and
/// so is one that does not find what has nothing to do with the cloud.
fn resolver_is_broken(attempts: &[Attempt]) -> bool {
    let none_resolves = attempts.iter().all(|(_, seen)| seen.phases.resolve_us.is_none());
    let mut control = attempts.iter().filter(|attempt| is_control(attempt));
    none_resolves || control.any(|(_, seen)| is_unresolved(seen))
}

/// Somebody answered: the network works. Otherwise a control target decides; without one, only
/// that not a single connection came about.
fn network_is_broken(attempts: &[Attempt]) -> bool {
    let answered = |(_, seen): &Attempt| seen.http_status.is_some();
    let succeeded = |(_, seen): &Attempt| seen.outcome == Outcome::Succeeded && seen.step != CLOCK;
    if attempts.iter().any(|attempt| answered(attempt) || succeeded(attempt)) {
        return false;
    }
    if attempts.iter().any(is_control) {
        return true;
    }
    let connected = attempts.iter().any(|(_, seen)| seen.phases.connect_us.is_some());
    let probes: BTreeSet<&str> = attempts.iter().map(|(probe, _)| probe.name).collect();
    !connected && probes.len() >= UNCONNECTED_TOGETHER
}

fn account_is_throttled(attempts: &[Attempt]) -> bool {
    let throttling = attempts.iter().filter_map(|(probe, seen)| match probe.subject {
        Subject::Service { name, .. } if seen.failure == Some(Failure::Throttled) => Some(name),
        _ => None,
    });
    throttling.collect::<BTreeSet<&str>>().len() >= THROTTLING_TOGETHER
}
