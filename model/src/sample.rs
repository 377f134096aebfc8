//! A made-up history, as long and as wide as is wanted and the same every time: for benchmarks,
//! demonstrations and tests.

use chrono::{DateTime, Utc};

use crate::{
    Database, Error,
    database::{without_limit, without_waiting_for_the_disk},
    import::{self, Subject},
    measurement,
    partition::{self, Table},
    window::{Width, Window},
};

pub(crate) mod course;

/// How much history, and of what.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The services and applications, each in its region.
    pub subjects: Vec<Subject>,
    /// From the first slot to the last.
    pub window: Window,
}

/// Writes a measurement of each subject for each slot, as runners record them: slot after slot, the
/// regions in any order. Answers how many. The hours are due afterwards: [`crate::maintenance::run`]
/// rolls them up. There are no runs, no observations, and no changes of status.
///
/// # Errors
/// [`Error::Database`], also when one of the measurements is there; the hours before stay written.
pub async fn write(database: &Database, sample: &Sample) -> Result<u64, Error> {
    let keys = import::keys(database, &sample.subjects).await?;
    let mut written = 0;
    for start in sample.window.starts(Width::Hour) {
        let hour = Window { from: start, to: start + Width::Hour.length() }.and(sample.window);
        partition::ensure(database, Table::Measurement, [hour.from]).await?;
        let slots = hour.starts(Width::Minute);
        let rows: Vec<_> = slots.flat_map(|slot| round(&keys, slot)).collect();
        let transaction = database.begin_writing().await?;
        without_limit(&transaction).await?;
        without_waiting_for_the_disk(&transaction).await?;
        import::write(&transaction, &rows).await?;
        transaction.commit().await?;
        written += u64::try_from(rows.len()).unwrap_or(u64::MAX);
    }
    Ok(written)
}

/// What is measured in one slot.
fn round(keys: &[(i16, i16)], slot: DateTime<Utc>) -> Vec<measurement::Model> {
    let subjects = (1..).zip(keys);
    let mut rows: Vec<_> = subjects
        .map(|(subject, &(region_id, service_id))| {
            let (status, latency_us, cause) = course::at(subject, slot);
            measurement::Model { region_id, service_id, slot, status, latency_us, cause }
        })
        .collect();
    rows.sort_by_key(|row| (course::turn(row.region_id, slot), row.region_id, row.service_id));
    rows
}
