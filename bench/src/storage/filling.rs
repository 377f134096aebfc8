//! A history as long as is wanted, made within the server, and rolled up by the real maintenance.

use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use model::{
    Database, Retention, Status, Width, Window, maintenance,
    measurement::Measurement,
    rollup,
    round::{self, Round},
    service::Kind,
    slot,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use super::Size;
use crate::figures::Figures;

/// What a round of a region judges: 9 services and 12 applications.
const SERVICES: usize = 21;

pub(crate) fn region(number: i64) -> String {
    format!("region-{number}")
}

pub(crate) fn service(number: usize) -> String {
    format!("Service {number}")
}

/// Fills the database, in place of whatever is there.
pub(crate) async fn fill(
    database: &Database,
    size: &Size,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    migration::fresh(database).await?;
    // Months that are over: what a year mostly is made of.
    let midnight = Width::Day.start_of(Utc::now());
    let to = midnight - TimeDelta::days(midnight.day0().into());
    let window = Window { from: to - TimeDelta::days(size.days), to };
    introduce(database, size, window).await?;
    let started = Instant::now();
    let mut day = window.from;
    while day < window.to {
        generate(database, day, (day + Width::Day.length()).min(window.to)).await?;
        day += Width::Day.length();
    }
    figures.note("making the measurements", format!("{:.0} s", started.elapsed().as_secs_f64()));
    unlimited(database, "ANALYZE measurement").await?;
    let recorded = stored(database).await?.bytes_per_row;
    figures.note("a measurement with its indexes, as recorded", format!("{recorded:.2} bytes"));
    roll_up(database, window, figures).await?;
    for table in ["rollup_hour", "rollup_day", "rollup_due"] {
        unlimited(database, &format!("ANALYZE {table}")).await?;
    }
    Ok(())
}

/// Records a round of every region in the first slot, in the last, and in each month between, so
/// that all names, parts of tables and current statuses are there.
async fn introduce(database: &Database, size: &Size, window: Window) -> anyhow::Result<()> {
    let mut slots = vec![window.from, window.to - slot::LENGTH];
    slots.extend(
        (1..size.days / 28 + 1)
            .map(|month| window.from + TimeDelta::days(28) * i32::try_from(month).unwrap_or(0)),
    );
    slots.retain(|slot| *slot < window.to);
    slots.sort_unstable();
    slots.dedup();
    let measurements: Vec<Measurement> = (0..SERVICES)
        .map(|number| Measurement {
            service: service(number).into(),
            kind: if number < 9 { Kind::Service } else { Kind::Application },
            global: false,
            status: Status::Up,
            latency_us: Some(12_345),
            cause: None,
            explanation: None,
        })
        .collect();
    for slot in slots {
        for number in 0..size.regions {
            let (observations, measurements) = (Vec::new(), measurements.clone());
            let (started_at, duration_us) = (slot, 400_000);
            let region = region(number);
            let round = Round { region, slot, started_at, duration_us, observations, measurements };
            round::record(database, &round, slot).await?;
        }
    }
    Ok(())
}

/// The rows of each region together, the regions of a slot in any order, as runners record them.
/// One measurement in five hundred is down, one in a thousand unknown; latencies are around
/// 20 ms, some of them tens of times longer.
async fn generate(
    database: &Database,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> anyhow::Result<()> {
    let insert = format!(
        "INSERT INTO measurement (slot, region_id, service_id, status, latency_us, cause)
        SELECT slot, region_id, service_id, status,
            CASE status WHEN 0 THEN (20000 * exp(spread * spread * 1.5))::integer END,
            CASE status WHEN 2 THEN 3 END
        FROM (
            SELECT slot, region_id, service_id, spread,
                CASE WHEN dice < 0.002 THEN 2 WHEN dice < 0.003 THEN 3 ELSE 0 END AS status
            FROM (
                SELECT minute AS slot, region_id, service_id,
                    random() AS dice, random() + random() - 0.8 AS spread
                FROM generate_series('{from}'::timestamptz,
                    '{to}'::timestamptz - interval '1 minute', interval '1 minute') AS minute
                CROSS JOIN (SELECT region_id, service_id FROM current_status) AS pair
            ) AS thrown
        ) AS made ORDER BY slot, hashtext(region_id::text || slot::text), service_id
        ON CONFLICT DO NOTHING",
        from = from.to_rfc3339(),
        to = to.to_rfc3339(),
    );
    unlimited(database, &insert).await
}

async fn roll_up(database: &Database, window: Window, figures: &mut Figures) -> anyhow::Result<()> {
    rollup::mark(database, window).await?;
    let started = Instant::now();
    let kept = Retention { measurements_days: u16::MAX, observations_days: u16::MAX };
    let hour = Duration::from_secs(3_600);
    let done = maintenance::run(database, &kept, window.to + TimeDelta::days(1), hour).await?;
    anyhow::ensure!(done.finished, "the rollups were not finished within an hour");
    let seconds = started.elapsed().as_secs_f64();
    let what = format!("rolling {} hours and {} days up", done.hours, done.days);
    figures.note(&what, format!("{seconds:.0} s"));
    Ok(())
}

/// A statement that may take longer than those of the programs.
pub(crate) async fn unlimited(database: &Database, statement: &str) -> anyhow::Result<()> {
    let transaction = database.connection().begin().await?;
    transaction.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    transaction.execute_unprepared(statement).await?;
    Ok(transaction.commit().await?)
}

/// What is in the database.
pub(crate) struct Stored {
    pub(crate) rows: i64,
    pub(crate) bytes_per_row: f64,
    pub(crate) rollup_bytes_per_row: f64,
    pub(crate) newest: DateTime<Utc>,
}

pub(crate) async fn stored(database: &Database) -> anyhow::Result<Stored> {
    let question = "SELECT
        (SELECT sum(reltuples) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
            WHERE inhparent = 'measurement'::regclass AND reltuples > 0)::bigint AS rows,
        (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits
            WHERE inhparent = 'measurement'::regclass)::float8 AS bytes,
        (pg_total_relation_size('rollup_hour') + pg_total_relation_size('rollup_day'))::float8
            AS rollups,
        (SELECT max(slot) FROM current_status) AS newest";
    let question = Statement::from_string(DbBackend::Postgres, question);
    let row = database.query_one_raw(question).await?.context("no answer")?;
    let rows: i64 = row.try_get("", "rows")?;
    #[expect(clippy::cast_precision_loss, reason = "some hundreds of millions")]
    let per_row = |bytes: f64| bytes / rows as f64;
    Ok(Stored {
        rows,
        bytes_per_row: per_row(row.try_get("", "bytes")?),
        rollup_bytes_per_row: per_row(row.try_get("", "rollups")?),
        newest: row.try_get("", "newest")?,
    })
}
