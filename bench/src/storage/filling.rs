//! A history as long as is wanted, rolled up by the real maintenance.

use std::time::{Duration, Instant};

use chrono::{Datelike, TimeDelta, Utc};
use model::{
    Database, Retention, Width, Window,
    import::Subject,
    maintenance,
    sample::{self, Sample},
    service::Kind,
    storage,
};

use super::{Size, bytes_per_row};
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
    let started = Instant::now();
    sample::write(database, &Sample { subjects: subjects(size), window }).await?;
    figures.note("making the measurements", format!("{:.0} s", started.elapsed().as_secs_f64()));
    storage::analyze(database).await?;
    let stored = super::stored(database).await?;
    let recorded = bytes_per_row(&stored, stored.measurement_bytes);
    figures.note("a measurement with its indexes, as recorded", format!("{recorded:.2} bytes"));
    roll_up(database, window, figures).await?;
    Ok(storage::analyze(database).await?)
}

fn subjects(size: &Size) -> Vec<Subject> {
    let subject = |region_number, number| Subject {
        region: region(region_number),
        service: service(number),
        kind: if number < 9 { Kind::Service } else { Kind::Application },
    };
    let regions = 0..size.regions;
    regions.flat_map(|region| (0..SERVICES).map(move |number| subject(region, number))).collect()
}

async fn roll_up(database: &Database, window: Window, figures: &mut Figures) -> anyhow::Result<()> {
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
