//! The rows of a batch, with the keys that their subjects have with us.

use std::collections::{BTreeSet, HashMap};

use sea_orm::ConnectionTrait;

use super::{Batch, Subject};
use crate::{
    Error,
    database::ROWS_AT_ONCE,
    measurement::{self, bulk},
    region,
    rollup::due,
    service,
    window::{Width, Window},
};

/// What becomes of a batch.
pub(super) struct Rows {
    /// The measurements that were not there, in the order of their key.
    pub(super) new: Vec<measurement::Model>,
    /// Rows of the source that these were made of.
    pub(super) folded: i64,
    /// Rows of the source whose measurement was there.
    pub(super) there: i64,
}

impl Rows {
    /// Finds the keys, of which the new ones are made, and tells new measurements from those that
    /// are there.
    pub(super) async fn of(
        connection: &impl ConnectionTrait,
        batch: &Batch,
    ) -> Result<Self, Error> {
        let keys = keys(connection, &batch.subjects).await?;
        let regions: BTreeSet<i16> = keys.iter().map(|(region, _)| *region).collect();
        let slots = || batch.rows.iter().map(|row| row.slot);
        let window = match (slots().min(), slots().max()) {
            (Some(from), Some(last)) => Window { from, to: last + Width::Minute.length() },
            _ => Window { from: batch.next_slot, to: batch.next_slot },
        };
        let there = bulk::keys_in(connection, window, regions).await?;
        let mut rows = Self { new: Vec::with_capacity(batch.rows.len()), folded: 0, there: 0 };
        for row in &batch.rows {
            let (slot, (region_id, service_id)) = (row.slot, keys[row.subject]);
            if there.contains(&(slot, region_id, service_id)) {
                rows.there += row.made_of;
                continue;
            }
            rows.folded += row.made_of;
            let (status, latency_us, cause) = (row.status, row.latency_us, None);
            let new = measurement::Model { slot, region_id, service_id, status, latency_us, cause };
            rows.new.push(new);
        }
        rows.new.sort_unstable_by_key(|row| (row.slot, row.region_id, row.service_id));
        Ok(rows)
    }
}

/// Marks the hours of what is new due.
pub(super) async fn mark_due(
    connection: &impl ConnectionTrait,
    new: &[measurement::Model],
) -> Result<(), Error> {
    let hours: BTreeSet<_> =
        new.iter().map(|row| (Width::Hour.start_of(row.slot), row.region_id)).collect();
    let hours: Vec<_> = hours.into_iter().map(|(hour, region)| (region, hour)).collect();
    for some in hours.chunks(ROWS_AT_ONCE) {
        due::mark(connection, Width::Hour, some.iter().copied()).await?;
    }
    Ok(())
}

/// The region's and the service's key of each subject.
pub(crate) async fn keys(
    connection: &impl ConnectionTrait,
    subjects: &[Subject],
) -> Result<Vec<(i16, i16)>, Error> {
    let mut regions: HashMap<&str, i16> = HashMap::new();
    for subject in subjects {
        if !regions.contains_key(subject.region.as_str()) {
            let key = region::ensure(connection, &subject.region).await?;
            regions.insert(&subject.region, key);
        }
    }
    let mut services = HashMap::new();
    for some in subjects.chunks(ROWS_AT_ONCE) {
        let names: Vec<_> =
            some.iter().map(|subject| (subject.service.as_str(), subject.kind)).collect();
        services = service::ensure(connection, &names).await?;
    }
    let key =
        |subject: &Subject| (regions[subject.region.as_str()], services[subject.service.as_str()]);
    Ok(subjects.iter().map(key).collect())
}
