//! What a probe is given: the targets, the round's deadline, and the record of what it sees.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{SubsecRound, Utc};
use model::{Failure, Outcome, observation::Observation, observation::Phases};
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use crate::{
    attempt::{Attempt, Tools},
    config::Targets,
    confirmation,
    net::Failed,
    registry::{Probe, Step},
};

/// 20 ms: an exchange ends at the deadline by itself, and only it knows the phase that it was in.
const LAST_WORD: Duration = Duration::from_millis(20);

/// The world of one probe in one round.
#[derive(Clone)]
pub struct Context {
    /// What is probed.
    pub targets: Arc<Targets>,
    /// The region that is judged.
    pub region: Arc<str>,
    /// Different in every run of every probe: what it writes is recognised by it.
    pub nonce: Uuid,
    /// How long a step may take that has no limit of its own.
    pub step_deadline: Duration,
    probe: &'static Probe,
    tools: Arc<Tools>,
    deadline: Instant,
    /// When no further run is begun.
    enough: Instant,
    /// Whether a failed attempt is repeated.
    confirms: bool,
    seen: Arc<Mutex<Vec<Observation>>>,
}

impl Context {
    /// The world of `probe`, until `deadline`, with a limit for each step.
    pub fn new(
        probe: &'static Probe,
        (targets, region): (Arc<Targets>, Arc<str>),
        tools: Arc<Tools>,
        (deadline, step_deadline): (Instant, Duration),
    ) -> Self {
        let now = Instant::now();
        let enough = now + deadline.saturating_duration_since(now) / 2;
        let (seen, nonce, confirms) = (Arc::default(), Uuid::new_v4(), true);
        Self {
            targets,
            region,
            nonce,
            step_deadline,
            probe,
            tools,
            deadline,
            enough,
            confirms,
            seen,
        }
    }

    /// The same world, in which every step is attempted once, whatever comes of it.
    #[must_use]
    pub fn without_confirmation(self) -> Self {
        Self { confirms: false, ..self }
    }

    /// The same world for another run of the probe in the same round.
    pub(crate) fn again(&self) -> Self {
        Self { nonce: Uuid::new_v4(), ..self.clone() }
    }

    /// Whether the round has time for another run.
    pub(crate) fn has_time(&self) -> bool {
        Instant::now() < self.enough
    }

    /// What was seen so far.
    pub(crate) fn seen(&self) -> Vec<Observation> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Attempts a step, and records what happened. `None` when it failed.
    ///
    /// The work gets an [`Attempt`], through which it makes its timed exchanges; what it does
    /// after the last of them (parsing, judging) is not timed.
    pub async fn step<T, F>(&self, name: &'static str, work: impl Fn(Attempt) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, Failed>>,
    {
        self.step_within(self.step_deadline, name, work).await.ok()
    }

    /// Attempts a step that has a time limit of its own, and says how it failed. An attempt that
    /// failed is repeated on a fresh connection where that tells more; each is recorded.
    ///
    /// # Errors
    /// What was recorded; or nothing, when the round's deadline has passed: the step is skipped.
    pub async fn step_within<T, F>(
        &self,
        limit: Duration,
        name: &'static str,
        work: impl Fn(Attempt) -> F,
    ) -> Result<T, Failed>
    where
        F: Future<Output = Result<T, Failed>>,
    {
        let (mut limit, mut attempts) = (limit, 1);
        loop {
            let result = self.attempt(limit, name, &work).await;
            let Err(failed) = &result else { return result };
            let again = confirmation::after(failed.failure, attempts, limit);
            let Some(again) = again.filter(|_| self.confirms) else { return result };
            // A repetition that the round's deadline would end says nothing of its own.
            if Instant::now() + again.pause + again.limit > self.deadline {
                return result;
            }
            sleep(again.pause).await;
            limit = again.limit;
            attempts += 1;
        }
    }

    async fn attempt<T, F>(
        &self,
        limit: Duration,
        name: &'static str,
        work: impl Fn(Attempt) -> F,
    ) -> Result<T, Failed>
    where
        F: Future<Output = Result<T, Failed>>,
    {
        // As precise as the store: what is answered is what is read back.
        let started_at = Utc::now().trunc_subsecs(6);
        let now = Instant::now();
        if now >= self.deadline {
            return Err(Failed::new(Failure::Timeout, "the round is over"));
        }
        let deadline = self.deadline.min(now + limit);
        let attempt = Attempt::new(self.tools.clone(), deadline);
        let result = timeout_at(deadline + LAST_WORD, work(attempt.clone())).await;
        let result = result.unwrap_or_else(|_| Err(attempt.cut_off()));
        let mut observation = self.blank(name);
        observation.started_at = started_at;
        attempt.describe(&mut observation);
        if let Err(failed) = &result {
            observation.outcome = Outcome::Failed;
            observation.failure = Some(failed.failure);
            observation.detail = Some(shortened(&failed.detail));
        }
        self.record(observation);
        result
    }

    /// An attempt of no step, for what a probe has to set up; it is not recorded.
    pub fn unrecorded(&self) -> Attempt {
        Attempt::new(self.tools.clone(), self.deadline)
    }

    /// What was seen so far, and an observation for every step that was not: skipped for want
    /// of input, or failed because the probe was cut off for the given reason.
    pub fn conclude(&self, cut_off: Option<&str>) -> Vec<Observation> {
        let mut seen = self.seen();
        // Which addresses there are to reach is a matter of configuration, not of input.
        let skippable = self.probe.about.steps.iter().filter(|_| !self.probe.is_control());
        for step in skippable {
            if seen.iter().any(|observation| observation.step == step.name) {
                continue;
            }
            let mut observation = self.blank(step.name);
            observation.outcome = Outcome::Skipped;
            if let Some(why) = cut_off {
                observation.outcome = Outcome::Failed;
                observation.failure = Some(Failure::Local);
                observation.detail = Some(why.to_owned());
            }
            seen.push(observation);
        }
        seen
    }

    fn record(&self, mut observation: Observation) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.iter().filter(|earlier| earlier.step == observation.step).count();
        observation.attempt += i16::try_from(before).unwrap_or(i16::MAX - 1);
        seen.push(observation);
    }

    /// An observation of a step that succeeded without having done anything yet.
    fn blank(&self, name: &'static str) -> Observation {
        let declared = self.probe.about.steps.iter().find(|step| step.name == name);
        let needs = declared.map_or(&[][..], |Step { needs, .. }| needs);
        Observation {
            probe: self.probe.name().into(),
            step: name.into(),
            services: needs.iter().map(|need| need.service.into()).collect(),
            attempt: 1,
            started_at: Utc::now(),
            outcome: Outcome::Succeeded,
            failure: None,
            phase: None,
            http_status: None,
            request_id: None,
            phases: Phases::default(),
            total_us: None,
            detail: None,
        }
    }
}

/// 300 characters tell what happened; a whole error page would fill the table. Targets answer
/// anything, and PostgreSQL refuses a text, and with it the round, for one NUL in it.
fn shortened(detail: &str) -> String {
    detail.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_short_and_holds_nothing_that_a_database_refuses() {
        assert_eq!(shortened("503: \0\u{1}PNG\r\n"), "503:   PNG  ");
        assert_eq!(shortened(&"é".repeat(1000)).chars().count(), 300);
    }
}
