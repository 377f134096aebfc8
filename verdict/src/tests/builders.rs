//! Slots made of steps, of which a test names only what is unusual.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Failure, Outcome, Phase, Planes, Status,
    measurement::Measurement,
    observation::{Observation, Phases},
};

use crate::{Evidence, Normals, PROBES, Past, Probe, Subject, Verdict, judge};

pub(super) const GAME: &str = "SQS + EC2 Voting Game";
pub(super) const SHADES: &str = "Lambda Random Shade Generator";
pub(super) const QUOTES: &str = "EC2 Bezos Quote Generator";
pub(super) const FILES: &str = "S3 File Serving";

/// The slot `n` minutes after 2026-11-19T18:00Z.
pub(super) fn minute(n: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-11-19T18:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(n)
}

/// What was seen in one slot.
#[derive(Clone, Debug)]
pub(super) struct Slot(pub(super) Vec<Observation>);

impl Slot {
    /// Every step of every probe succeeded, after 1 ms each.
    pub(super) fn healthy() -> Self {
        let steps = PROBES.iter().flat_map(|probe| probe.steps.iter().map(|s| (*probe, s.name)));
        Self(steps.map(|(probe, step)| seen(probe, step)).collect())
    }

    /// Without what this probe saw.
    pub(super) fn without(mut self, probe: &str) -> Self {
        self.0.retain(|seen| seen.probe != probe);
        self
    }

    /// Every attempt of a step (`probe.step`) failed so, and what comes after it was skipped.
    pub(super) fn failing(self, step: &str, failure: Failure) -> Self {
        self.broken(step, |seen| {
            seen.failure = Some(failure);
            let answered = matches!(
                failure,
                Failure::Http5xx | Failure::Http4xx | Failure::Body | Failure::Credentials
            );
            seen.http_status = answered.then_some(500);
            let connected = !matches!(failure, Failure::Resolve | Failure::Connect);
            seen.phases.connect_us = connected.then_some(300);
            seen.phase = match failure {
                Failure::Resolve => Some(Phase::Resolve),
                Failure::Connect => Some(Phase::Connect),
                _ => None,
            };
        })
    }

    /// Every attempt of a step failed in this way, and what comes after it was skipped.
    pub(super) fn broken(mut self, step: &str, how: impl Fn(&mut Observation)) -> Self {
        let (probe, step) = step.split_once('.').unwrap();
        let mut failed = false;
        for seen in self.0.iter_mut().filter(|seen| seen.probe == probe) {
            if failed {
                seen.outcome = Outcome::Skipped;
            } else if seen.step == step {
                failed = true;
                seen.outcome = Outcome::Failed;
                seen.total_us = Some(1000);
                how(seen);
            }
        }
        assert!(failed, "{probe} has the step {step}");
        self
    }

    /// The first step of every probe failed so.
    pub(super) fn failing_everywhere(self, failure: Failure) -> Self {
        PROBES.iter().fold(self, |slot, probe| {
            slot.failing(&format!("{}.{}", probe.name, probe.steps[0].name), failure)
        })
    }

    /// Some of the attempts of a step failed so, and the others succeeded.
    pub(super) fn mixed(mut self, step: &str, failed: usize, of: usize) -> Self {
        let (probe, step) = step.split_once('.').unwrap();
        let found = self.0.iter().position(|seen| seen.probe == probe && seen.step == step);
        let one = self.0.remove(found.unwrap());
        self.0.extend((0..of).map(|number| {
            let mut seen = Observation { attempt: 1 + number as i16, ..one.clone() };
            if number < failed {
                seen.outcome = Outcome::Failed;
                seen.failure = Some(Failure::Connect);
                seen.http_status = None;
            }
            seen
        }));
        self
    }

    /// A step took this long.
    pub(super) fn lasting(mut self, step: &str, milliseconds: i32) -> Self {
        let (probe, step) = step.split_once('.').unwrap();
        for seen in self.0.iter_mut().filter(|seen| seen.probe == probe && seen.step == step) {
            seen.total_us = Some(milliseconds * 1000);
        }
        self
    }

    /// Names were resolved on the way to this probe's steps.
    pub(super) fn resolving(mut self, probe: &str) -> Self {
        for seen in self.0.iter_mut().filter(|seen| seen.probe == probe) {
            seen.phases.resolve_us = Some(800);
        }
        self
    }

    /// The verdicts on this slot alone.
    pub(super) fn alone(&self) -> Judged {
        judged_after(&[], self)
    }
}

/// A step that succeeded.
fn seen(probe: &Probe, step: &'static str) -> Observation {
    let needs = probe.steps.iter().find(|known| known.name == step).unwrap().needs;
    let service = if probe.subject == Subject::Control { None } else { Some(200) };
    Observation {
        probe: probe.name.into(),
        step: step.into(),
        services: needs.iter().map(|need| need.service.into()).collect(),
        attempt: 1,
        started_at: minute(0),
        outcome: Outcome::Succeeded,
        failure: None,
        phase: None,
        http_status: service.or(Some(204)),
        request_id: None,
        phases: Phases { connect_us: Some(300), ..Phases::default() },
        total_us: Some(1000),
        detail: None,
    }
}

/// Verdicts, found by name.
#[derive(Debug)]
pub(super) struct Judged(pub(super) Vec<Verdict>);

impl Judged {
    pub(super) fn of(&self, name: &str) -> &Verdict {
        self.0.iter().find(|judged| judged.measurement.service == name).unwrap()
    }

    pub(super) fn row(&self, name: &str) -> &Measurement {
        &self.of(name).measurement
    }

    pub(super) fn status(&self, name: &str) -> Status {
        self.row(name).status
    }

    pub(super) fn planes(&self, name: &str) -> Planes {
        self.row(name).explanation.as_ref().unwrap().planes
    }

    /// The service that explains why this one is not up.
    pub(super) fn suspect(&self, name: &str) -> Option<&str> {
        self.row(name).explanation.as_ref().unwrap().suspect.as_deref()
    }

    /// Everything that is not up, with its status.
    pub(super) fn not_up(&self) -> Vec<(&str, Status)> {
        let rows = self.0.iter().map(|judged| &judged.measurement);
        rows.filter(|row| row.status != Status::Up).map(|row| (&*row.service, row.status)).collect()
    }
}

/// The verdicts on `slot` at minute 0, after slots in the minutes before it.
pub(super) fn judged_after(before: &[Slot], slot: &Slot) -> Judged {
    with_normals(before, slot, &Normals::new())
}

/// The same, where this is normal.
pub(super) fn with_normals(before: &[Slot], slot: &Slot, normals: &Normals) -> Judged {
    let recent: Vec<Past> = before
        .iter()
        .rev()
        .zip(1..)
        .map(|(slot, ago)| Past { slot: minute(-ago), observations: slot.0.clone() })
        .collect();
    Judged(judge(&Evidence {
        catalogue: PROBES,
        slot: minute(0),
        round: &slot.0,
        recent: &recent,
        normals,
    }))
}

/// The statuses of one service over slots that follow each other.
pub(super) fn course(slots: &[Slot], name: &str) -> Vec<Status> {
    let at =
        |end: usize| judged_after(&slots[end.saturating_sub(14)..end], &slots[end]).status(name);
    (0..slots.len()).map(at).collect()
}
