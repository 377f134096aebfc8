//! How fast the history of the other system is taken over, on one PostgreSQL server. Needs
//! TEST_POSTGRES_URL.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use clap::Args;
use migration::import::{self, Options};
use model::{Database, Retention, maintenance};

use crate::{figures::Figures, storage::unlimited};

/// How much history.
#[derive(Args, Clone)]
pub(crate) struct Size {
    /// Rows of the source, of which there are 210 a minute.
    #[arg(long, default_value_t = 2_000_000)]
    rows: i64,
}

impl Default for Size {
    fn default() -> Self {
        Self { rows: 2_000_000 }
    }
}

/// Rows a second.
const LIMIT: f64 = 100_000.0;

pub(crate) async fn measure(figures: &mut Figures, size: &Size) -> anyhow::Result<()> {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
        figures.note("importing", "not measured: TEST_POSTGRES_URL is not set");
        return Ok(());
    };
    let from = url.parse()?;
    let database = Database::open(&from).await?;
    migration::fresh(&database).await?;
    make_source(&database, size).await?;
    let options = Options { from, skip_bad: false, dry_run: false, again: false };
    let started = Instant::now();
    let report = import::run(&database, &options).await?;
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "some millions of rows")]
    let rate = report.read as f64 / seconds;
    let what = format!("importing {} rows as {} measurements", report.read, report.measurements);
    figures.number_at_least(&what, rate, LIMIT, "rows a second");
    roll_up(&database, figures).await?;
    unlimited(&database, "DROP SCHEMA cloud_monitor CASCADE").await
}

async fn roll_up(database: &Database, figures: &mut Figures) -> anyhow::Result<()> {
    let kept = Retention { measurements_days: u16::MAX, observations_days: u16::MAX };
    let started = Instant::now();
    let done = maintenance::run(database, &kept, Utc::now(), Duration::from_secs(3_600)).await?;
    let seconds = started.elapsed().as_secs_f64();
    let what = format!("rolling up the {} hours of a region that were imported", done.hours);
    figures.note(&what, format!("{seconds:.1} s"));
    Ok(())
}

/// The other system's table, in the target's own database: 21 rows a minute of each of ten
/// regions, as its runners wrote them, and its index.
async fn make_source(database: &Database, size: &Size) -> anyhow::Result<()> {
    let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse()?;
    let minutes = size.rows / 210;
    let fill = format!(
        "INSERT INTO cloud_monitor.metrics (timestamp, dimension, region, value, response_time)
        SELECT minute + random() * interval '50 s', dimension, 'region-' || region,
            (dice < 0.997)::integer,
            CASE WHEN dice < 0.997 THEN 10 + (200 * random())::integer ELSE 1800000 END
        FROM (
            SELECT '{start}'::timestamptz + number * interval '1 minute' AS minute, dimension,
                region, random() AS dice
            FROM generate_series(0, {minutes} - 1) AS number, generate_series(0, 9) AS region,
                unnest(ARRAY[
                    'EC2', 'EC2', 'EC2', 'EC2', 'SQS', 'SQS', 'SQS', 'DynamoDB', 'DynamoDB',
                    'Lambda', 'Lambda', 'API Gateway', 'S3', 'IAM', 'SQS + EC2 Voting Game',
                    'Lambda Random Shade Generator', 'EC2 Bezos Quote Generator',
                    'S3 File Serving', 'Monitor - EC2', 'Monitor - DynamoDB', 'Monitor - Lambda'
                ]) AS dimension
        ) AS thrown",
        start = start.to_rfc3339(),
    );
    for statement in [
        "DROP SCHEMA IF EXISTS cloud_monitor CASCADE",
        "CREATE SCHEMA cloud_monitor",
        "CREATE TABLE cloud_monitor.metrics (
            id serial PRIMARY KEY,
            timestamp timestamptz NOT NULL,
            dimension text NOT NULL,
            region text NOT NULL,
            value integer NOT NULL,
            response_time integer
        )",
        &fill,
        "CREATE INDEX ON cloud_monitor.metrics (timestamp)",
        "ANALYZE cloud_monitor.metrics",
    ] {
        unlimited(database, statement).await?;
    }
    Ok(())
}
