//! How well a rule did: what it said of each service in each slot, against what was so.
//!
//! A service is *blamed* in a slot when it is said to be down or degraded. The first
//! `detect_within` and the last `clear_within` slots of a truth count neither for nor against.

use std::{collections::BTreeMap, fmt, ops::AddAssign};

use serde::Serialize;

use crate::{
    fault::Kind,
    record::Judged,
    scenario::{EVERY, SERVICES, Scenario, Status, Truth},
};

/// What a rule made of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Each truth, in the scenario's order.
    pub truths: Vec<Noticed>,
    /// Slots judged down for a service that is not.
    pub false_down: u32,
    /// Slots of blame.
    pub blame: Blame,
    /// Slots in which each service was blamed.
    pub blamed: BTreeMap<String, u32>,
    /// The slots that were blamed and not true.
    pub wrong: Vec<Wrong>,
}

/// A slot in which a service was blamed without reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Which service.
    pub service: String,
    /// Minutes from onset.
    pub minute: i32,
    /// What was said of it.
    pub said: Status,
}

/// When a truth was noticed, in slots.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Noticed {
    /// Of which service; `*` of the last of all.
    pub service: String,
    /// From its start to the first slot that says so; none when no slot did.
    pub detected_after: Option<i32>,
    /// What is allowed.
    pub detect_within: i32,
    /// From its end to the first `up`.
    pub cleared_after: Cleared,
    /// What is allowed.
    pub clear_within: i32,
    /// Whether it is down for everybody from the first slot on.
    pub is_hard: bool,
}

/// How a truth ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleared {
    /// The scenario ends too soon after it, or another truth of the service follows.
    NotAsked,
    /// After so many slots.
    After(i32),
    /// Not before the scenario ended.
    Never,
}

impl fmt::Display for Cleared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => formatter.write_str("-"),
            Self::After(slots) => slots.fmt(formatter),
            Self::Never => formatter.write_str("never"),
        }
    }
}

/// Slots of blame, which add up over scenarios.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Blame {
    /// Blamed, and true.
    pub right: u32,
    /// Blamed, and not true.
    pub wrong: u32,
    /// True, and not blamed.
    pub missed: u32,
}

impl Blame {
    /// The share of blamed slots that are true; none when nothing was blamed.
    pub fn precision(self) -> Option<f64> {
        share(self.right, self.right + self.wrong)
    }

    /// The share of true slots that were blamed; none when nothing was true.
    pub fn recall(self) -> Option<f64> {
        share(self.right, self.right + self.missed)
    }
}

impl AddAssign for Blame {
    fn add_assign(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }
}

fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

impl Noticed {
    /// Whether it was noticed in time.
    pub fn is_detected_in_time(&self) -> bool {
        self.detected_after.is_some_and(|after| after <= self.detect_within)
    }

    /// Whether its end was noticed in time.
    pub fn is_cleared_in_time(&self) -> bool {
        self.cleared_after <= Cleared::After(self.clear_within)
    }
}

/// Scores what was judged in a play of a scenario.
pub fn score(scenario: &Scenario, judged: &Judged) -> Score {
    let story = Story { scenario, judged };
    let mut score = Score {
        truths: scenario.truths.iter().filter_map(|truth| story.noticed(truth)).collect(),
        false_down: 0,
        blame: Blame::default(),
        blamed: BTreeMap::new(),
        wrong: Vec::new(),
    };
    for service in story.services() {
        for minute in scenario.minutes() {
            story.count(service, minute, &mut score);
        }
    }
    score
}

/// What was so, beside what was said.
struct Story<'a> {
    scenario: &'a Scenario,
    judged: &'a Judged,
}

impl<'a> Story<'a> {
    /// Every service, and what else a truth speaks of.
    fn services(&self) -> Vec<&'a str> {
        let mut services: Vec<&str> = SERVICES.to_vec();
        for truth in &self.scenario.truths {
            if truth.service != EVERY && !services.contains(&truth.service.as_str()) {
                services.push(&truth.service);
            }
        }
        services
    }

    fn said(&self, service: &str, minute: i32) -> Option<Status> {
        self.judged.get(&(service.to_owned(), minute)).copied()
    }

    /// The truths about a service in a minute; those that name it before those about all.
    fn truths_at(&self, service: &str, minute: i32) -> impl Iterator<Item = &'a Truth> {
        let named = self.scenario.truths.iter().filter(move |truth| truth.service != EVERY);
        let all = self.scenario.truths.iter().filter(|truth| truth.service == EVERY);
        let about = move |truth: &&Truth| is_about(truth, service, minute);
        named.chain(all).filter(about).collect::<Vec<_>>().into_iter()
    }

    fn is_really(&self, service: &str, minute: i32) -> Status {
        self.truths_at(service, minute).next().map_or(Status::Up, |truth| truth.status)
    }

    fn count(&self, service: &str, minute: i32, score: &mut Score) {
        let (said, is_so) = (self.said(service, minute), self.is_really(service, minute));
        if said.is_some_and(Status::is_blame) {
            *score.blamed.entry(service.to_owned()).or_default() += 1;
        }
        let counts = !self.truths_at(service, minute).any(|truth| self.is_at_an_end(truth, minute));
        if !counts {
            return;
        }
        match (said.filter(|said| said.is_blame()), is_so.is_blame()) {
            (Some(_), true) => score.blame.right += 1,
            (Some(said), false) => {
                score.blame.wrong += 1;
                score.wrong.push(Wrong { service: service.to_owned(), minute, said });
            }
            (None, true) => score.blame.missed += 1,
            (None, false) => {}
        }
        score.false_down += u32::from(said == Some(Status::Down) && !is_so.is_blame());
    }

    /// Whether a minute is among the first or last ones of a truth, which do not count.
    fn is_at_an_end(&self, truth: &Truth, minute: i32) -> bool {
        minute < truth.from + self.detect_within(truth)
            || minute >= truth.to - self.scenario.expect.clear_within
    }

    fn detect_within(&self, truth: &Truth) -> i32 {
        truth.detect_within.unwrap_or(self.scenario.expect.detect_within)
    }

    /// None of a truth that says what is so without being told, or that is never played.
    fn noticed(&self, truth: &Truth) -> Option<Noticed> {
        let played = self.scenario.minutes();
        if truth.status == Status::Up || truth.from >= played.end || truth.to <= played.start {
            return None;
        }
        let services: Vec<&str> = match truth.service.as_str() {
            EVERY => SERVICES.to_vec(),
            service => vec![service],
        };
        let detected: Option<Vec<i32>> =
            services.iter().map(|service| self.detected_after(truth, service)).collect();
        let cleared = services.iter().map(|service| self.cleared_after(truth, service)).max();
        Some(Noticed {
            service: truth.service.clone(),
            detected_after: detected.and_then(|after| after.into_iter().max()),
            detect_within: self.detect_within(truth),
            cleared_after: cleared.unwrap_or(Cleared::NotAsked),
            clear_within: self.scenario.expect.clear_within,
            is_hard: self.is_hard(truth),
        })
    }

    fn detected_after(&self, truth: &Truth, service: &str) -> Option<i32> {
        let says_so = |said: Status| match truth.status {
            Status::Unknown => said == Status::Unknown,
            _ => said.is_blame(),
        };
        let end = truth.to.min(self.scenario.minutes().end);
        let mut minutes = truth.from..end;
        let first = minutes.find(|minute| self.said(service, *minute).is_some_and(says_so));
        first.map(|first| first - truth.from)
    }

    fn cleared_after(&self, truth: &Truth, service: &str) -> Cleared {
        let played = self.scenario.minutes();
        for minute in truth.to..played.end {
            if self.truths_at(service, minute).next().is_some() {
                // What follows says when it must be over; what is between has not been enough.
                return match minute - truth.to > self.scenario.expect.clear_within {
                    true => Cleared::Never,
                    false => Cleared::NotAsked,
                };
            }
            if self.said(service, minute) == Some(Status::Up) {
                return Cleared::After(minute - truth.to);
            }
        }
        match truth.to + self.scenario.expect.clear_within < played.end {
            true => Cleared::Never,
            false => Cleared::NotAsked,
        }
    }

    /// Down, by nothing that leaves some calls alone or only makes them slow.
    fn is_hard(&self, truth: &Truth) -> bool {
        let mut active =
            self.scenario.faults.iter().filter(|fault| fault.is_active(truth.from)).peekable();
        truth.status == Status::Down
            && active.peek().is_some()
            && active.all(|fault| {
                let lets_through = matches!(
                    fault.kind,
                    Kind::Latency(_) | Kind::Stale | Kind::DropAsync | Kind::DelayAsync(_)
                );
                !lets_through && fault.share == 1.0
            })
    }
}

fn is_about(truth: &Truth, service: &str, minute: i32) -> bool {
    let is_meant = match truth.service.as_str() {
        EVERY => SERVICES.contains(&service),
        named => named == service,
    };
    is_meant && (truth.from..truth.to).contains(&minute)
}

#[cfg(test)]
mod tests;
