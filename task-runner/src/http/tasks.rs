//! `POST /tasks`, `POST /tasks/{probe}`: what a scheduler, or a person, triggers.

use std::sync::Arc;

use chrono::Utc;
use poem::http::HeaderMap;
use poem_openapi::{
    ApiResponse, Object, OpenApi, SecurityScheme,
    auth::Bearer,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use serve::{
    evidence::{Measurement, Observation},
    timestamp::Timestamp,
};
use tracing::debug;

use super::Tag;
use crate::{
    error::{Error, SCHEDULE_HEADER},
    keeping::Kept,
    metrics::RoundMetrics,
    runner::{Report, Runner, Trial},
    trigger,
};

/// Answers triggers.
pub(super) struct Tasks {
    pub(super) runner: Arc<Runner>,
    pub(super) metrics: RoundMetrics,
}

/// Who triggers. Needed when the runner has a `TM_TRIGGER_TOKEN`.
#[derive(SecurityScheme)]
enum Caller {
    Known(TriggerToken),
    #[oai(fallback)]
    Anonymous,
}

/// The token in the runner's `TM_TRIGGER_TOKEN`.
#[derive(SecurityScheme)]
#[oai(ty = "bearer")]
struct TriggerToken(Bearer);

/// One run: what was seen, and what it means.
#[derive(Debug, Object)]
#[oai(example)]
struct Run {
    /// The run's name: its region and slot.
    id: String,
    /// The minute it belongs to, by its start.
    slot: Timestamp,
    /// The region that was judged.
    region: String,
    /// The slot was done, or in progress: nothing was run, or its rows were not needed.
    duplicate: bool,
    /// The database has the rows.
    recorded: bool,
    /// The rows wait in the journal until the database is back.
    journaled: bool,
    /// When the probes started.
    started_at: Timestamp,
    /// How long the probes took, in microseconds.
    duration_us: i32,
    /// What it means: one for each service and application.
    measurements: Vec<Measurement>,
    /// What was seen: one for each attempt of each step.
    observations: Vec<Observation>,
}

#[derive(ApiResponse)]
enum Ran {
    /// The run. It is kept, or it was not needed.
    #[oai(status = 200)]
    Kept(Json<Run>),
    /// The run, which neither the database nor the journal could keep.
    #[oai(status = 503)]
    Lost(Json<Run>),
}

/// What one probe saw.
#[derive(Debug, Object)]
#[oai(example)]
struct ProbeRun {
    /// The probe.
    probe: String,
    /// The database has the observations.
    recorded: bool,
    /// One for each attempt of each step.
    observations: Vec<Observation>,
}

#[OpenApi(tag = "Tag::Rounds")]
impl Tasks {
    /// Run all probes
    ///
    /// Runs every enabled probe at once, judges, and records, for the slot of the scheduler's
    /// time. A slot is run once: for one that is done or in progress, here or at another runner,
    /// the answer has `"duplicate": true`.
    #[oai(path = "/tasks", method = "post", operation_id = "run_round")]
    async fn run(
        &self,
        caller: Caller,
        /// When the scheduler meant this run to be (RFC 3339), at most 10 min ahead; now when
        /// absent.
        #[oai(name = "X-CloudScheduler-ScheduleTime", example = "slot_of_example")]
        scheduled: Header<Option<String>>,
        headers: &HeaderMap,
        /// The scheduler's name for the job; only logged.
        #[oai(name = "X-CloudScheduler-JobName", example = "job_of_example")]
        job: Header<Option<String>>,
    ) -> Result<Ran, Error> {
        self.admit(&caller)?;
        if scheduled.0.is_none() && headers.contains_key(SCHEDULE_HEADER) {
            // What is no text does not reach the parameter, and does not mean now.
            return Err(Error::UnreadableSchedule);
        }
        let slot = trigger::slot(scheduled.0.as_deref(), Utc::now())?;
        debug!(job = job.0, %slot, "Triggered");
        let (runner, metrics) = (self.runner.clone(), self.metrics.clone());
        // In a task of its own: a scheduler that hangs up must not take the round with it.
        let run = tokio::spawn(async move {
            let report = runner.run(slot).await;
            metrics.count(&report);
            report
        });
        Ok(Ran::from(run.await?))
    }

    /// Run one probe
    ///
    /// Returns what the probe saw. With `record=true` its observations are kept, without a
    /// measurement: only a whole round is judged. While the database is away they are only in
    /// the answer, and `recorded` is false.
    #[oai(path = "/tasks/:probe", method = "post", operation_id = "run_probe")]
    async fn run_probe(
        &self,
        caller: Caller,
        /// The probe's name, as `GET /probes` lists it.
        #[oai(example = "probe_of_example")]
        probe: Path<String>,
        /// Whether to keep what is seen.
        #[oai(default = "keep")]
        record: Query<bool>,
    ) -> Result<Json<ProbeRun>, Error> {
        self.admit(&caller)?;
        let named = self.runner.probes.iter().find(|known| known.name() == probe.0);
        let probe = named.ok_or(Error::UnknownProbe(probe.0))?;
        if let Some(variable) = self.runner.missing(probe) {
            return Err(Error::DisabledProbe { probe: probe.name(), variable });
        }
        let runner = self.runner.clone();
        let run = tokio::spawn(async move { runner.run_alone(probe, record.0).await });
        Ok(Json(ProbeRun::of(probe.name(), run.await?, &self.runner.config.region)))
    }
}

fn keep() -> bool {
    true
}

fn slot_of_example() -> Option<String> {
    Some("2026-11-19T18:04:00Z".into())
}

fn job_of_example() -> Option<String> {
    Some("probe-us-east-1".into())
}

fn probe_of_example() -> String {
    ProbeRun::example().probe
}

impl Tasks {
    fn admit(&self, caller: &Caller) -> Result<(), Error> {
        if self.runner.is_stopping() {
            return Err(Error::Stopping);
        }
        let Some(token) = &self.runner.config.trigger_token else { return Ok(()) };
        match caller {
            Caller::Known(TriggerToken(shown)) if token.matches(&shown.token) => Ok(()),
            Caller::Known(_) | Caller::Anonymous => Err(Error::Unauthorized),
        }
    }
}

impl From<Report> for Ran {
    fn from(Report { round, kept }: Report) -> Self {
        let (id, slot, region) = (round.id(), round.slot, round.region.as_str());
        let measured = round.measurements.into_iter();
        let seen = round.observations.into_iter();
        let run = Json(Run {
            id,
            slot: Timestamp(slot),
            region: region.to_owned(),
            duplicate: kept == Kept::Duplicate,
            recorded: kept == Kept::Recorded,
            journaled: kept == Kept::Journaled,
            started_at: Timestamp(round.started_at),
            duration_us: round.duration_us,
            measurements: measured.map(|judged| Measurement::new(judged, region, slot)).collect(),
            observations: seen.map(|seen| Observation::new(seen, region, Some(slot))).collect(),
        });
        match kept {
            Kept::Nowhere => Self::Lost(run),
            Kept::Recorded | Kept::Duplicate | Kept::Journaled => Self::Kept(run),
        }
    }
}

impl ProbeRun {
    fn of(probe: &str, Trial { observations, recorded }: Trial, region: &str) -> Self {
        let seen = observations.into_iter();
        let observations = seen.map(|seen| Observation::new(seen, region, None)).collect();
        Self { probe: probe.to_owned(), recorded, observations }
    }
}

impl Example for Run {
    fn example() -> Self {
        Self {
            id: "us-east-1-20261119T1804Z".into(),
            slot: Timestamp::example(),
            region: "us-east-1".into(),
            duplicate: false,
            recorded: true,
            journaled: false,
            started_at: Timestamp::example(),
            duration_us: 184_230,
            measurements: vec![Measurement::example()],
            observations: vec![Observation::example()],
        }
    }
}

impl Example for ProbeRun {
    fn example() -> Self {
        let observations = vec![Observation::example()];
        Self { probe: "dynamodb".into(), recorded: true, observations }
    }
}
