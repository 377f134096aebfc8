//! Reading runs back: one by its name, or filtered, newest first, a page at a time.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use poem_openapi::Enum;
use sea_orm::{Condition, QueryOrder, QuerySelect, entity::prelude::*, sea_query::ExprTrait};

use super::{COLUMN, Entity, Model};
use crate::{Cursor, Database, Error, Page, PageRequest, cursor::plausible, region, round::run_id};

/// Which runs are wanted; everything that is `None` is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this region.
    pub region: Option<String>,
    /// Of this slot or a later one.
    pub from: Option<DateTime<Utc>>,
    /// Of a slot before this one.
    pub to: Option<DateTime<Utc>>,
}

/// A run with the name of its region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The region that was judged.
    pub region: String,
    /// The minute it belongs to.
    pub slot: DateTime<Utc>,
    /// When its probes started.
    pub started_at: DateTime<Utc>,
    /// When its rows were written.
    pub finished_at: Option<DateTime<Utc>>,
    /// How long the probes took, in microseconds.
    pub duration_us: Option<i32>,
    pub(crate) id: i64,
    lease_until: DateTime<Utc>,
}

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "RunState")]
pub enum State {
    /// Its probes are at work, or its rows are being written.
    Running,
    /// Its rows were written.
    Finished,
    /// Its time is over and it wrote nothing: its runner died, or keeps the rows until it reaches
    /// the database again.
    Abandoned,
}

impl Recorded {
    fn of(row: Model, region: String) -> Self {
        let Model { id, slot, started_at, lease_until, .. } = row;
        let (finished_at, duration_us) = (row.finished_at, row.duration_us);
        Self { region, slot, started_at, finished_at, duration_us, id, lease_until }
    }

    /// Its name: `us-east-1-20261119T1804Z`.
    pub fn name(&self) -> String {
        run_id(&self.region, self.slot)
    }

    /// What became of it until `now`.
    pub fn state(&self, now: DateTime<Utc>) -> State {
        match self.finished_at {
            Some(_) => State::Finished,
            None if self.lease_until < now => State::Abandoned,
            None => State::Running,
        }
    }
}

const LIST: &str = "runs";

/// Which runs fit `filter`? Newest slot first, then by region. Relies on the index of slot and
/// region, or, for one region, on the unique index of region and slot.
///
/// # Errors
/// [`Error::UnknownRegion`], [`Error::Cursor`], [`Error::Database`].
pub async fn list(
    database: &Database,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<Recorded>, Error> {
    let mut condition = Condition::all()
        .add_option(filter.from.map(|from| COLUMN.slot.gte(from)))
        .add_option(filter.to.map(|to| COLUMN.slot.lt(to)));
    if let Some(name) = &filter.region {
        condition = condition.add(COLUMN.region_id.eq(region::named(database, name).await?.id));
    }
    if let Some(cursor) = &page.after {
        let (slot, region_id): (DateTime<Utc>, i16) = cursor.open(LIST)?;
        let slot = plausible(slot)?;
        let later = COLUMN.slot.lt(slot).or(COLUMN.region_id.gt(region_id));
        condition = condition.add(COLUMN.slot.lte(slot)).add(later);
    }
    let rows = Entity::find()
        .filter(condition)
        .order_by_desc(COLUMN.slot)
        .order_by_asc(COLUMN.region_id)
        .limit(page.limit + 1)
        .all(database)
        .await?;
    let page =
        Page::cut(rows, page.limit, |last| Cursor::after(LIST, (last.slot, last.region_id)))?;
    Ok(Page { items: with_names(database, page.items).await?, next: page.next })
}

/// The run of this name: `us-east-1-20261119T1804Z`. Relies on the unique index of region and
/// slot.
///
/// # Errors
/// [`Error::UnknownRun`], also for what is no name of a run, [`Error::Database`].
pub async fn named(database: &Database, name: &str) -> Result<Recorded, Error> {
    let unknown = || Error::UnknownRun { name: name.to_owned() };
    let (region, slot) = parts(name).ok_or_else(unknown)?;
    let region = match region::named(database, region).await {
        Err(Error::UnknownRegion { .. }) => return Err(unknown()),
        region => region?,
    };
    let run = Entity::find()
        .filter(COLUMN.region_id.eq(region.id))
        .filter(COLUMN.slot.eq(slot))
        .one(database)
        .await?;
    run.map(|run| Recorded::of(run, region.name)).ok_or_else(unknown)
}

/// The region and the slot in the name of a run.
fn parts(name: &str) -> Option<(&str, DateTime<Utc>)> {
    let (region, slot) = name.rsplit_once('-')?;
    let slot = NaiveDateTime::parse_from_str(slot, "%Y%m%dT%H%MZ").ok()?.and_utc();
    // A time can be written in more ways than ours.
    (run_id(region, slot) == name).then_some((region, plausible(slot).ok()?))
}

async fn with_names(database: &Database, rows: Vec<Model>) -> Result<Vec<Recorded>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let regions = region::all(database).await?;
    let names: HashMap<i16, String> =
        regions.into_iter().map(|region| (region.id, region.name)).collect();
    // A region is never deleted: every run has its name.
    let named = |row: Model| Some(Recorded::of(row.clone(), names.get(&row.region_id)?.clone()));
    Ok(rows.into_iter().filter_map(named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_region_and_slot() {
        let slot = "2026-11-19T18:04:00Z".parse().unwrap();
        assert_eq!(parts(&run_id("us-east-1", slot)), Some(("us-east-1", slot)));
    }

    #[test]
    fn what_is_no_name_has_no_parts() {
        for name in [
            "",
            "us-east-1",
            "20261119T1804Z",
            "us-east-1-20261119T1804",
            "us-east-1-20261119T180400Z",
            "us-east-1-20261319T1804Z",
            "us-east-1-+20261119T1804Z",
            "us-east-1-00001119T1804Z",
        ] {
            assert_eq!(parts(name), None, "{name}");
        }
    }
}
