//! Is it us? What a round says about our own resolver, network, clock and account.

use std::collections::{BTreeMap, BTreeSet};

use model::{Failure, Fault, Outcome, Phase, observation::Observation};

use crate::{
    catalogue::{CLOCK, Probe, Subject},
    judgement::StepName,
    share::Share,
};

/// 3 services that throttle in one round have one thing in common: our account. One alone sheds
/// load, for a monitor calls a few times a minute, far below any quota.
const THROTTLING_TOGETHER: usize = 3;

/// 3 services whose answers are unreadable in one round have in common what lies on our way.
const GARBLED_TOGETHER: usize = 3;

/// 3 probes that cannot connect anywhere, where no control target tells more.
const UNCONNECTED_TOGETHER: usize = 3;

/// What is wrong on our side in one round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ours {
    /// No name resolves, or not even that of a control target.
    pub(crate) resolver: bool,
    /// Nobody can be reached at all, or nobody without something on our way that refuses.
    pub(crate) network: bool,
    /// The share of our connections that is lost, of those to control targets. Seen over slots.
    pub(crate) lossy: Option<Share>,
    /// The share of what we ask control targets that is refused by a 5xx. Seen over slots.
    pub(crate) refused: Option<Share>,
    /// Steps that fail so often in a row that no share explains it. Seen over slots.
    pub(crate) unexplained: Vec<StepName>,
    /// What we get is unreadable, whoever sent it.
    pub(crate) garbled: bool,
    /// Our clock is off.
    pub(crate) clock: bool,
    /// Our account is throttled.
    pub(crate) throttled: bool,
}

/// An attempt, and whose it is.
pub(crate) type Attempt<'a> = (&'a Probe, &'a Observation);

impl Ours {
    pub(crate) fn of(attempts: &[Attempt]) -> Self {
        let is_off = |attempt: &Attempt| is_clock(attempt) && attempt.1.failure.is_some();
        Self {
            resolver: resolver_is_broken(attempts),
            network: network_is_broken(attempts),
            lossy: None,
            refused: None,
            unexplained: Vec::new(),
            garbled: services(attempts, is_unreadable) >= GARBLED_TOGETHER,
            clock: attempts.iter().filter(|attempt| is_control(attempt)).any(is_off),
            throttled: services(attempts, is_throttled) >= THROTTLING_TOGETHER,
        }
    }

    /// Whose fault a failure can be, in the light of the whole round.
    pub(crate) fn fault(&self, seen: &Observation) -> Fault {
        let Some(failure) = seen.failure else { return Fault::Unclear };
        match failure {
            _ if self.network => Fault::Ours,
            _ if self.is_unexplained(seen) => failure.fault(),
            _ if is_unresolved(seen) && self.resolver => Fault::Ours,
            _ if self.may_be_lost(seen) => Fault::Ours,
            _ if is_unreadable(seen) && self.garbled => Fault::Ours,
            // Certificates are valid from one time to another.
            Failure::Tls if self.clock => Fault::Ours,
            Failure::Throttled if self.throttled => Fault::Ours,
            Failure::Throttled => Fault::Provider,
            // Other names do resolve: this one's record is gone.
            Failure::Resolve => Fault::Provider,
            other => other.fault(),
        }
    }

    /// What answered, if anything did, may be something on our way rather than who was asked.
    pub(crate) fn is_answered_for(&self, seen: &Observation) -> bool {
        self.network || (self.refused.is_some() && seen.failure == Some(Failure::Http5xx))
    }

    /// The failure is of a kind that control targets meet by a share as well.
    pub(crate) fn may_be_lost(&self, seen: &Observation) -> bool {
        (self.lossy.is_some() && is_on_the_wire(seen))
            || (self.refused.is_some() && seen.failure == Some(Failure::Http5xx))
    }

    fn is_unexplained(&self, seen: &Observation) -> bool {
        self.unexplained.iter().any(|name| seen.probe == name.probe && seen.step == name.step)
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

/// It broke before there was a connection that could carry a request.
pub(crate) fn is_unconnected(seen: &Observation) -> bool {
    let on_the_way = matches!(seen.phase, Some(Phase::Resolve | Phase::Connect | Phase::Tls));
    seen.failure.is_some() && on_the_way && seen.http_status.is_none()
}

fn is_unresolved(seen: &Observation) -> bool {
    let silent = seen.failure == Some(Failure::Timeout) && seen.phase == Some(Phase::Resolve);
    seen.failure == Some(Failure::Resolve) || silent
}

fn is_control((probe, _): &Attempt) -> bool {
    probe.subject == Subject::Control
}

fn is_clock((_, seen): &Attempt) -> bool {
    seen.step == CLOCK
}

/// A name that is gone is the provider's, but a resolver that finds no name at all is ours, and
/// so is one that finds what has nothing to do with the cloud not always, or not at all: unless
/// other control targets say that it is this one's name.
fn resolver_is_broken(attempts: &[Attempt]) -> bool {
    let none_resolves = attempts.iter().all(|(_, seen)| seen.phases.resolve_us.is_none());
    let mut control: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (_, seen) in attempts.iter().filter(|attempt| is_control(attempt) && !is_clock(attempt)) {
        let (unresolved, tried) = control.entry(&seen.step).or_default();
        *unresolved += usize::from(is_unresolved(seen));
        *tried += 1;
    }
    let gone = control.values().filter(|(unresolved, tried)| unresolved == tried).count();
    let at_times = control.values().any(|(unresolved, tried)| (1..*tried).contains(unresolved));
    none_resolves || at_times || (gone > 0 && gone == control.len())
}

/// Somebody answered rightly: there is a way. Otherwise a control target decides, for what is on
/// our way may answer in everybody's place; without one, only that not a single connection came
/// about.
fn network_is_broken(attempts: &[Attempt]) -> bool {
    let answers = |attempt: &Attempt| attempt.1.outcome == Outcome::Succeeded && !is_clock(attempt);
    if attempts.iter().any(answers) {
        return false;
    }
    if attempts.iter().any(is_control) {
        return true;
    }
    let connected = attempts.iter().any(|(_, seen)| seen.phases.connect_us.is_some());
    let probes: BTreeSet<&str> = attempts.iter().map(|(probe, _)| probe.name).collect();
    !connected && probes.len() >= UNCONNECTED_TOGETHER
}

/// An answer came, and it broke off or says nothing.
fn is_unreadable(seen: &Observation) -> bool {
    use Failure::{Body, HttpStatus, Protocol, Reset};
    match seen.failure {
        Some(Reset) => seen.http_status.is_some(),
        failure => matches!(failure, Some(Body | HttpStatus | Protocol)),
    }
}

fn is_throttled(seen: &Observation) -> bool {
    seen.failure == Some(Failure::Throttled)
}

/// How many services failed so in a direct call.
fn services(attempts: &[Attempt], fails: impl Fn(&Observation) -> bool) -> usize {
    let failing = attempts.iter().filter_map(|(probe, seen)| match probe.subject {
        Subject::Service { name, .. } if fails(seen) => Some(name),
        _ => None,
    });
    failing.collect::<BTreeSet<&str>>().len()
}
