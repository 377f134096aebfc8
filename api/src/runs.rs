//! `GET /v1/runs`: which slots were probed, and what became of it.

use chrono::{DateTime, TimeDelta, Utc};
use model::{PageRequest, measurement, run, run::State, slot};
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use serve::{evidence::Measurement, timestamp::Timestamp};

use crate::{
    clock::Clock,
    error::ApiError,
    page::Page,
    parameters::{self, Limit, Name, Span},
    store::Store,
    tag::Tag,
};

/// 1,000: a run judges tens of services.
const MOST_MEASUREMENTS: u64 = 1_000;

/// Answers `GET /v1/runs` and `GET /v1/runs/{id}`.
#[derive(Clone, Debug)]
pub struct Runs {
    /// Where the answers come from.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
}

/// All probes, once, for one slot and region.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Run {
    /// Its name, made of region and slot.
    id: String,
    /// The region that was judged.
    region: String,
    /// The minute it belongs to, by its start.
    slot: Timestamp,
    /// What became of it.
    state: State,
    /// When its probes started.
    started_at: Timestamp,
    /// When its rows were written; null unless they were.
    finished_at: Option<Timestamp>,
    /// How long its probes took, in microseconds; null unless it is finished.
    duration_us: Option<i32>,
}

/// A run with what it judged.
#[derive(Debug, Object)]
#[oai(example)]
pub struct RunWithMeasurements {
    /// The run itself.
    #[oai(flatten)]
    run: Run,
    /// How the region's services and applications stood. Global services are judged once a slot
    /// for all regions, and are not among them.
    measurements: Vec<Measurement>,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Evidence")]
impl Runs {
    /// List runs
    ///
    /// Newest slot first, then by region. Runs are kept as long as observations, for weeks. A slot
    /// without a run was not probed.
    #[oai(path = "/runs", method = "get", operation_id = "list_runs")]
    async fn list(
        &self,
        /// Only of this region (`us-east-1`).
        region: Query<Option<Name>>,
        /// Only slots at this time (RFC 3339) or later.
        from: Query<Option<Timestamp>>,
        /// Only slots before this time (RFC 3339).
        to: Query<Option<Timestamp>>,
        /// The most items to answer.
        #[oai(default)]
        limit: Query<Limit>,
        /// Where to go on: the `next` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<Page<Run>>, ApiError> {
        let Span { from, to } = Span::of(from.0, to.0)?;
        let filter = run::Filter { region: region.0.map(|name| name.0), from, to };
        let page = parameters::page(limit.0, cursor.0);
        let runs = self.store.ask(run::list(&self.store.database, &filter, &page)).await?;
        let now = self.clock.now();
        Ok(Json(Page::of(runs, |run| Run::of(run, now))))
    }

    /// Read a run
    ///
    /// A run with what it judged. What its probes saw is at `/v1/observations?run={id}`.
    #[oai(path = "/runs/:id", method = "get", operation_id = "read_run")]
    async fn read(
        &self,
        /// The run's name: `us-east-1-20261119T1804Z`.
        id: Path<Name>,
    ) -> Result<Json<RunWithMeasurements>, ApiError> {
        let database = &self.store.database;
        let answer = async {
            let run = run::named(database, &id.0.0).await?;
            let filter = measurement::Filter {
                region: Some(run.region.clone()),
                from: Some(run.slot),
                to: Some(run.slot + slot::LENGTH),
                ..measurement::Filter::default()
            };
            let page = PageRequest { limit: MOST_MEASUREMENTS, after: None };
            Ok((run, measurement::list(database, &filter, &page).await?))
        };
        let (run, judged) = self.store.ask(answer).await.map_err(ApiError::of_path)?;
        let measurements = judged.items.into_iter().map(Measurement::from).collect();
        Ok(Json(RunWithMeasurements { run: Run::of(run, self.clock.now()), measurements }))
    }
}

impl Run {
    fn of(run: run::Recorded, now: DateTime<Utc>) -> Self {
        Self {
            id: run.name(),
            state: run.state(now),
            region: run.region,
            slot: Timestamp(run.slot),
            started_at: Timestamp(run.started_at),
            finished_at: run.finished_at.map(Timestamp),
            duration_us: run.duration_us,
        }
    }
}

impl Example for Run {
    fn example() -> Self {
        let slot = Timestamp::example().0;
        Self {
            id: model::round::run_id("us-east-1", slot),
            region: "us-east-1".into(),
            slot: Timestamp(slot),
            state: State::Finished,
            started_at: Timestamp(slot + TimeDelta::milliseconds(1_204)),
            finished_at: Some(Timestamp(slot + TimeDelta::milliseconds(3_871))),
            duration_us: Some(2_640_118),
        }
    }
}

impl Example for RunWithMeasurements {
    fn example() -> Self {
        Self { run: Run::example(), measurements: vec![Measurement::example()] }
    }
}
