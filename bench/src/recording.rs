//! How long recording a round takes on PostgreSQL: one transaction of 30 rows.

use std::time::{Duration, Instant};

use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Database, Outcome, Status,
    measurement::Measurement,
    observation::{Observation, Phases},
    round::{self, Recorded, Round},
    service::Kind,
    slot,
};

use crate::figures::{Figures, quantile};

const ROUNDS: i32 = 200;

pub(crate) async fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
        figures.note("recording a round of 30 rows", "not measured: TEST_POSTGRES_URL is not set");
        return Ok(());
    };
    let database = Database::open(&url.parse()?).await?;
    migration::fresh(&database).await?;
    let newest = slot::containing(Utc::now());
    let mut durations: Vec<Duration> = Vec::new();
    for number in (0..ROUNDS).rev() {
        let round = thirty_rows(newest - TimeDelta::minutes(number.into()));
        let started = Instant::now();
        let recorded = round::record(&database, &round, Utc::now()).await?;
        durations.push(started.elapsed());
        ensure!(recorded == Recorded::Written, "a round was not written");
    }
    let limit = Duration::from_millis(5);
    let what = "recording a round of 30 rows on PostgreSQL";
    figures.at_most(&format!("{what}: median"), quantile(&mut durations, 0.5), limit);
    figures.at_most(&format!("{what}: p99"), quantile(&mut durations, 0.99), limit);
    Ok(())
}

/// 19 observations and 11 measurements, as a round of all probes has.
pub(crate) fn thirty_rows(slot: DateTime<Utc>) -> Round {
    let observations = (0..19).map(|step| Observation {
        probe: "bench".into(),
        step: format!("step_{step}").into(),
        services: vec!["EC2".into(), "DynamoDB".into()],
        attempt: 1,
        started_at: slot,
        outcome: Outcome::Succeeded,
        failure: None,
        phase: None,
        http_status: Some(200),
        request_id: Some("0d1b2f7c-9c3e-4f0a-8d5e-6a7b8c9d0e1f".into()),
        phases: Phases { processing_us: Some(12_345), ..Phases::default() },
        total_us: Some(12_345),
        detail: None,
    });
    let measurements = (0..11).map(|service| Measurement {
        service: format!("Service {service}").into(),
        kind: Kind::Service,
        global: service == 0,
        status: Status::Up,
        latency_us: Some(12_345),
        cause: None,
        explanation: None,
    });
    Round {
        region: "us-east-1".into(),
        slot,
        started_at: slot,
        duration_us: 400_000,
        observations: observations.collect(),
        measurements: measurements.collect(),
    }
}
