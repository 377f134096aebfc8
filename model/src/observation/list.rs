//! Reading observations back: filtered, newest first, a page at a time.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{Condition, QueryOrder, QuerySelect, QueryTrait, entity::prelude::*};

use super::{COLUMN, Column, Entity, Model, Observation, Phases};
use crate::{
    Cursor, Database, Error, Outcome, Page, PageRequest, cursor::plausible, region, run, service,
    step,
};

/// Which observations are wanted; everything that is `None` is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Seen from a runner of this region.
    pub region: Option<String>,
    /// Of a step that needs this service.
    pub service: Option<String>,
    /// Of the run of this name.
    pub run: Option<String>,
    /// Of this probe.
    pub probe: Option<String>,
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// Started at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Started before this time.
    pub to: Option<DateTime<Utc>>,
}

/// An observation with what the store adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its key: grows with the order of recording.
    pub id: i64,
    /// The region of the runner that saw it.
    pub region: String,
    /// The slot of its run; absent for a probe that was run by itself.
    pub slot: Option<DateTime<Utc>>,
    /// What was seen.
    pub observation: Observation,
}

const LIST: &str = "observations";

/// Which observations fit `filter`? Newest first; relies on the index of their start, or of their
/// run.
///
/// # Errors
/// [`Error::UnknownRegion`], [`Error::UnknownService`] and [`Error::UnknownRun`] for a filter
/// that can fit nothing, [`Error::Cursor`], [`Error::Database`].
pub async fn list(
    database: &Database,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<Recorded>, Error> {
    let mut query = Entity::find()
        .filter(condition(database, filter).await?)
        .order_by_desc(COLUMN.started_at)
        .order_by_desc(COLUMN.id)
        .limit(page.limit + 1);
    if let Some(cursor) = &page.after {
        let (started_at, id): (DateTime<Utc>, i64) = cursor.open(LIST)?;
        let started_at = plausible(started_at)?;
        query = query
            .filter(COLUMN.started_at.lte(started_at))
            .filter(Condition::any().add(COLUMN.started_at.lt(started_at)).add(COLUMN.id.lt(id)));
    }
    let rows = query.all(database).await?;
    let page = Page::cut(rows, page.limit, |last| Cursor::after(LIST, (last.started_at, last.id)))?;
    Ok(Page { items: with_names(database, page.items).await?, next: page.next })
}

async fn condition(database: &Database, filter: &Filter) -> Result<Condition, Error> {
    let mut condition = Condition::all()
        .add_option(filter.outcome.map(|outcome| COLUMN.outcome.eq(outcome)))
        .add_option(filter.from.map(|from| COLUMN.started_at.gte(from)))
        .add_option(filter.to.map(|to| COLUMN.started_at.lt(to)));
    if let Some(name) = &filter.region {
        condition = condition.add(COLUMN.region_id.eq(region::named(database, name).await?.id));
    }
    if let Some(name) = &filter.service {
        let service = service::named(database, name).await?;
        condition = condition.add(needing([service.id]));
    }
    if let Some(name) = &filter.run {
        condition = condition.add(COLUMN.run_id.eq(run::named(database, name).await?.id));
    }
    if let Some(probe) = &filter.probe {
        let steps = step::Entity::find()
            .select_only()
            .column(step::Column::Id)
            .filter(step::COLUMN.probe.eq(probe));
        condition = condition.add(Column::StepId.in_subquery(steps.into_query()));
    }
    Ok(condition)
}

/// Of a step that needs one of these services.
fn needing(services: impl IntoIterator<Item = i16>) -> Expr {
    let needing = step::need::Entity::find()
        .select_only()
        .column(step::need::Column::StepId)
        .filter(step::need::COLUMN.service_id.is_in(services));
    Column::StepId.in_subquery(needing.into_query())
}

/// Which attempts are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    /// Those that succeeded as well as those that failed.
    pub(crate) with_successes: bool,
    /// Seen from here; from anywhere if absent.
    pub(crate) region_id: Option<i16>,
    /// Of steps that need one of these services; of all if there are none.
    pub(crate) services: Vec<i16>,
    /// Started at this time or later.
    pub(crate) from: DateTime<Utc>,
    /// Started before this time.
    pub(crate) to: Option<DateTime<Utc>>,
}

/// Which attempts of runs are these? The newest first, at most `limit`. Relies on the index of
/// their start.
pub(crate) async fn evidence(
    database: &Database,
    wanted: &Evidence,
    limit: u64,
) -> Result<Vec<Recorded>, Error> {
    let services = &wanted.services;
    let needing = (!services.is_empty()).then(|| needing(services.iter().copied()));
    let outcome = match wanted.with_successes {
        true => COLUMN.outcome.ne(Outcome::Skipped),
        false => COLUMN.outcome.eq(Outcome::Failed),
    };
    let rows = Entity::find()
        .filter(outcome)
        .filter(COLUMN.run_id.is_not_null())
        .filter(COLUMN.started_at.gte(wanted.from))
        .filter(
            Condition::all()
                .add_option(wanted.to.map(|to| COLUMN.started_at.lt(to)))
                .add_option(wanted.region_id.map(|id| COLUMN.region_id.eq(id)))
                .add_option(needing),
        )
        .order_by_desc(COLUMN.started_at)
        .order_by_desc(COLUMN.id)
        .limit(limit)
        .all(database)
        .await?;
    with_names(database, rows).await
}

/// The names that the keys of a page stand for.
struct Names {
    regions: HashMap<i16, String>,
    steps: HashMap<i16, step::Model>,
    needs: HashMap<i16, Vec<String>>,
    slots: HashMap<i64, DateTime<Utc>>,
}

impl Names {
    /// Reads the small tables whole, and the runs of this page by their keys.
    async fn of(database: &Database, rows: &[Model]) -> Result<Self, Error> {
        let runs = rows.iter().filter_map(|row| row.run_id);
        let slots = run::Entity::find()
            .select_only()
            .columns([run::Column::Id, run::Column::Slot])
            .filter(run::COLUMN.id.is_in(runs))
            .into_tuple::<(i64, DateTime<Utc>)>()
            .all(database)
            .await?;
        let regions = region::Entity::find().all(database).await?;
        let steps = step::Entity::find().all(database).await?;
        Ok(Self {
            regions: regions.into_iter().map(|region| (region.id, region.name)).collect(),
            steps: steps.into_iter().map(|step| (step.id, step)).collect(),
            needs: step::need::names(database).await?,
            slots: slots.into_iter().collect(),
        })
    }

    /// `None` only for a row whose step was deleted by hand.
    fn recorded(&self, row: Model) -> Option<Recorded> {
        let step = self.steps.get(&row.step_id)?;
        let services = self.needs.get(&step.id).into_iter().flatten();
        Some(Recorded {
            id: row.id,
            region: self.regions.get(&row.region_id)?.clone(),
            slot: row.run_id.and_then(|run| self.slots.get(&run).copied()),
            observation: Observation {
                probe: step.probe.clone().into(),
                step: step.name.clone().into(),
                services: services.map(|name| name.clone().into()).collect(),
                attempt: row.attempt,
                started_at: row.started_at,
                outcome: row.outcome,
                failure: row.failure,
                phase: row.phase,
                http_status: row.http_status,
                request_id: row.request_id,
                phases: Phases {
                    resolve_us: row.resolve_us,
                    connect_us: row.connect_us,
                    tls_us: row.tls_us,
                    processing_us: row.processing_us,
                    transfer_us: row.transfer_us,
                },
                total_us: row.total_us,
                detail: row.detail,
            },
        })
    }
}

/// Observations with the names that their keys stand for.
pub(crate) async fn with_names(
    database: &Database,
    rows: Vec<Model>,
) -> Result<Vec<Recorded>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::of(database, &rows).await?;
    Ok(rows.into_iter().filter_map(|row| names.recorded(row)).collect())
}
