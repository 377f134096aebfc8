//! The long part of a demonstration's history, written as rollups: thirteen million measurements
//! would take minutes and gigabytes.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::{incidents::Incidents, story};
use crate::{
    Database, Error, Status, current_status,
    database::{without_limit, without_waiting_for_the_disk},
    import::{self, Subject},
    measurement,
    partition::{self, Table},
    rollup::{
        due,
        hour::{self, Hour},
    },
    window::{Width, Window},
};

/// A day and some hours: as far back as pages look minute by minute.
const MEASURED: TimeDelta = TimeDelta::hours(26);

/// Writes the hours of the window, and how things stand at its end.
pub(super) async fn write(
    database: &Database,
    window: Window,
    filled: DateTime<Utc>,
) -> Result<(), Error> {
    let subjects = story::subjects();
    let keys = import::keys(database, &subjects).await?;
    let mut incidents = Incidents::default();
    for start in window.starts(Width::Hour) {
        let rows = rows((&subjects, &keys), start, filled);
        incidents.follow(&subjects, &rows, filled);
        partition::ensure(database, Table::Measurement, [start]).await?;
        partition::ensure(database, Table::Observation, [start]).await?;
        let transaction = database.begin_writing().await?;
        without_limit(&transaction).await?;
        without_waiting_for_the_disk(&transaction).await?;
        if start >= window.to - MEASURED {
            import::write(&transaction, &rows).await?;
        } else {
            let regions: BTreeSet<i16> = rows.iter().map(|row| row.region_id).collect();
            hour::write(&transaction, start, rolled_up(&rows)).await?;
            let days = regions.into_iter().map(|region| (region, start));
            due::mark(&transaction, Width::Day, days).await?;
            current_status::bulk::update(&transaction, &rows).await?;
            let trouble: Vec<_> = rows.into_iter().filter(|row| row.status != Status::Up).collect();
            if !trouble.is_empty() {
                measurement::bulk::write(&transaction, &trouble).await?;
            }
        }
        incidents.write_evidence(&transaction).await?;
        transaction.commit().await?;
    }
    let transaction = database.begin_writing().await?;
    incidents.write(&transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// The measurements of an hour, ascending by slot.
fn rows(
    (subjects, keys): (&[Subject], &[(i16, i16)]),
    start: DateTime<Utc>,
    filled: DateTime<Utc>,
) -> Vec<measurement::Model> {
    let hour = Window { from: start, to: start + Width::Hour.length() };
    let of_slot = |slot| {
        (1..).zip(subjects).zip(keys).map(move |(subject, &(region_id, service_id))| {
            let (status, latency_us, cause) = story::at(subject, slot, filled);
            measurement::Model { region_id, service_id, slot, status, latency_us, cause }
        })
    };
    hour.starts(Width::Minute).flat_map(of_slot).collect()
}

fn rolled_up(rows: &[measurement::Model]) -> HashMap<(i16, i16), Hour> {
    let mut hours: HashMap<(i16, i16), Hour> = HashMap::new();
    for row in rows {
        let measurement::Model { region_id, service_id, slot, status, latency_us, .. } = *row;
        let row = measurement::Slot { region_id, service_id, slot, status, latency_us };
        hours.entry((region_id, service_id)).or_default().add(&row);
    }
    hours
}
