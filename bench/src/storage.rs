//! How long history takes on PostgreSQL, and what it costs there: bytes a row, reads and writes
//! at the size that `--days` and `--regions` make. Needs TEST_POSTGRES_URL.

use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use model::{
    By, Database, PageRequest, Selection, Status, Width, Window, current_status, latency,
    measurement,
    round::{self, Recorded, Round},
    service::Kind,
    slot,
    storage::{self, Stored},
    tally,
    uptime::{self, Question},
};

use crate::{
    figures::{Figures, milliseconds, quantile},
    recording,
};

mod filling;

/// How much history.
#[derive(Args, Clone)]
pub(crate) struct Size {
    /// Days of one round a minute.
    #[arg(long, default_value_t = 7)]
    days: i64,
    /// Regions, of 21 measurements a round each.
    #[arg(long, default_value_t = 10)]
    regions: i64,
    /// Take the database as an earlier run filled it.
    #[arg(long)]
    filled: bool,
}

impl Default for Size {
    fn default() -> Self {
        Self { days: 7, regions: 10, filled: false }
    }
}

/// How often each question is asked.
const TIMES: usize = 200;

/// 20 ms: what an answer may take that is in no cache.
const LIMIT: Duration = Duration::from_millis(20);

pub(crate) async fn measure(figures: &mut Figures, size: &Size) -> anyhow::Result<()> {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
        figures.note("storage", "not measured: TEST_POSTGRES_URL is not set");
        return Ok(());
    };
    let database = Database::open(&url.parse()?).await?;
    if !size.filled {
        filling::fill(&database, size, figures).await?;
    }
    let stored = stored(&database).await?;
    figures.note("measurements stored", stored.measurements.to_string());
    figures.number_at_most(
        "a measurement with its indexes, once its month is over",
        bytes_per_row(&stored, stored.measurement_bytes),
        85.0,
        "bytes",
    );
    let rollups = bytes_per_row(&stored, stored.rollup_bytes);
    figures.note("rollups", format!("{rollups:.2} bytes a measurement"));
    let newest = current_status::all(&database).await?.into_iter().map(|status| status.slot).max();
    let newest = newest.context("nothing is stored")?;
    read(&database, newest + slot::LENGTH, figures).await?;
    record(&database, newest, figures).await
}

/// What is in the database.
async fn stored(database: &Database) -> anyhow::Result<Stored> {
    storage::of(database).await?.context("PostgreSQL is needed")
}

#[expect(clippy::cast_precision_loss, reason = "some tens of gigabytes")]
fn bytes_per_row(stored: &Stored, bytes: i64) -> f64 {
    bytes as f64 / stored.measurements as f64
}

/// Every question that the main pages ask.
async fn read(
    database: &Database,
    now: DateTime<Utc>,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let region = || filling::region(0);
    let day = Window::before(now, TimeDelta::days(1));
    let in_region = || Selection { region: Some(region()), ..Selection::default() };
    let services = Selection { kind: Some(Kind::Service), with_global: true, ..in_region() };
    let of_one = || Selection { service: Some(filling::service(0)), ..in_region() };
    let last = |days, selection, by, width| Question {
        selection,
        window: Window::before(now, TimeDelta::days(days)),
        by,
        width: Some(width),
    };
    time("/overview", figures, async || tally::recent(database, now).await).await?;
    for bucket in [tally::Bucket::Hour, tally::Bucket::Minute] {
        let what = format!("/metrics by {bucket:?}");
        let ask = async || tally::series(database, &services, day, bucket).await;
        time(&what, figures, ask).await?;
    }
    time("/v1/status", figures, async || current_status::all(database).await).await?;
    let uptimes = [
        ("uptime of 90 days, a region by service", in_region(), By::Both),
        ("uptime of 90 days, all regions by service", Selection::default(), By::Service),
    ];
    for (what, selection, by) in uptimes {
        let question = last(90, selection, by, Width::Day);
        time(what, figures, async || uptime::of(database, &question, now).await).await?;
    }
    let latencies = [
        ("latency of 30 days by hour, one service in one region", of_one(), By::Both, Width::Hour),
        ("latency of 30 days by day, a region by service", in_region(), By::Both, Width::Day),
    ];
    for (what, selection, by, width) in latencies {
        let question = last(30, selection, by, width);
        time(what, figures, async || latency::of(database, &question, now).await).await?;
    }
    let one = measurement::Filter {
        region: Some(region()),
        service: Some(filling::service(0)),
        ..measurement::Filter::default()
    };
    let down = measurement::Filter { status: Some(Status::Down), ..one.clone() };
    let filters = [
        ("the newest 100 measurements", measurement::Filter::default()),
        ("the newest 100 of one service in one region", one),
        ("the newest 100 of those that were down", down),
    ];
    for (what, filter) in filters {
        let page = PageRequest { limit: 100, after: None };
        let ask = async || measurement::list(database, &filter, &page).await;
        time(what, figures, ask).await?;
    }
    Ok(())
}

/// Asks again and again, and notes the median and the slowest of a hundred.
async fn time<T>(
    what: &str,
    figures: &mut Figures,
    ask: impl AsyncFn() -> Result<T, model::Error>,
) -> anyhow::Result<()> {
    let mut durations = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let started = Instant::now();
        ask().await?;
        durations.push(started.elapsed());
    }
    let median = milliseconds(quantile(&mut durations, 0.5));
    let p99 = quantile(&mut durations, 0.99);
    figures.at_most(&format!("{what}: p99 (median {median})"), p99, LIMIT);
    Ok(())
}

/// Records rounds after the newest one.
async fn record(
    database: &Database,
    newest: DateTime<Utc>,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let mut durations = Vec::new();
    for number in 1..=200 {
        let round = recording::thirty_rows(newest + slot::LENGTH * number);
        let round = Round { region: filling::region(0), ..round };
        let started = Instant::now();
        let recorded = round::record(database, &round, Utc::now()).await?;
        durations.push(started.elapsed());
        anyhow::ensure!(recorded == Recorded::Written, "a round was not written");
    }
    let limit = Duration::from_millis(5);
    let what = "recording a round of 30 rows at this size";
    figures.at_most(&format!("{what}: median"), quantile(&mut durations, 0.5), limit);
    figures.at_most(&format!("{what}: p99"), quantile(&mut durations, 0.99), limit);
    Ok(())
}
