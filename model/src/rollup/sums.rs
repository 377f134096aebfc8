//! Counts of rollups, summed up in the database over those that are about the same subject.

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, QuerySelect, entity::prelude::*};

use super::hour::Key;
use crate::{By, Counts, Error};

/// The columns of a table of rollups.
pub(super) struct Columns<C> {
    pub(super) region: C,
    pub(super) service: C,
    pub(super) start: C,
    pub(super) counts: [(C, &'static str); 4],
}

#[derive(FromQueryResult)]
struct Sum {
    region_id: i16,
    service_id: i16,
    start: DateTime<Utc>,
    up: i64,
    degraded: i64,
    down: i64,
    unknown: i64,
}

impl Sum {
    fn read(self) -> (Key, Counts) {
        let Self { up, degraded, down, unknown, .. } = self;
        let counts = Counts { up, degraded, down, unknown, expected: 0 };
        ((self.region_id, self.service_id, self.start), counts)
    }
}

/// The counts of `rollups`, hour by hour or day by day, with those summed up that are about the
/// same subject: the key is that of any of them.
///
/// A question is about every service that it names in every region that it names, as far as there
/// is such a pair: what is summed up here has no row of a pair that it is not about.
pub(super) async fn of<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    rollups: Select<E>,
    columns: Columns<E::Column>,
    by: By,
) -> Result<Vec<(Key, Counts)>, Error> {
    let mut sums = rollups.select_only().column_as(columns.start, "start").group_by(columns.start);
    for (column, name, tells_apart) in [
        (columns.region, "region_id", by != By::Service),
        (columns.service, "service_id", by != By::Region),
    ] {
        sums = match tells_apart {
            true => sums.column_as(column, name).group_by(column),
            false => sums.column_as(column.min(), name),
        };
    }
    for (count, name) in columns.counts {
        sums = sums.column_as(count.sum(), name);
    }
    let rows = sums.into_model::<Sum>().all(connection).await?;
    Ok(rows.into_iter().map(Sum::read).collect())
}
