//! How fast the history of the other system is taken over, on one PostgreSQL server. Needs
//! TEST_POSTGRES_URL.

use std::time::{Duration, Instant};

use chrono::Utc;
use clap::Args;
use migration::import::{
    self, Options,
    sample::{self, ROWS_A_MINUTE},
};
use model::{Database, Retention, maintenance};

use crate::figures::Figures;

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
    sample::make(&database, size.rows / ROWS_A_MINUTE).await?;
    let options = Options { from, skip_bad: false, dry_run: false, again: false };
    let started = Instant::now();
    let report = import::run(&database, &options).await?;
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "some millions of rows")]
    let rate = report.read as f64 / seconds;
    let what = format!("importing {} rows as {} measurements", report.read, report.measurements);
    figures.number_at_least(&what, rate, LIMIT, "rows a second");
    roll_up(&database, figures).await?;
    Ok(sample::drop(&database).await?)
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
