//! Reading incidents back: a page at a time, or one with all that is known of it.

use std::{
    collections::{BTreeSet, HashMap},
    ops::RangeInclusive,
};

use chrono::{DateTime, Utc};
use sea_orm::{Condition, QueryOrder, QuerySelect, QueryTrait, entity::prelude::*};

use super::{COLUMN, Column, Entity, Kind, Model, link, storing, update};
use crate::{
    Cursor, Database, Error, Failure, Fault, Page, PageRequest, Status,
    cursor::plausible,
    observation::{self, Evidence},
    region, service,
};

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its key.
    pub id: i32,
    /// The region, or `global`.
    pub region: String,
    /// The services and applications that were concerned, by name.
    pub services: Vec<String>,
    /// The worst status so far of those that are to blame.
    pub status: Status,
    /// The failure that decided.
    pub cause: Option<Failure>,
    /// Whose fault it is.
    pub fault: Fault,
    /// Why, in words.
    pub reason: String,
    /// The version of the rule that says so.
    pub rule: i16,
    /// The first slot that was not up.
    pub started_at: DateTime<Utc>,
    /// When the round was judged that opened it.
    pub detected_at: DateTime<Utc>,
    /// When the round was judged that changed it last.
    pub updated_at: DateTime<Utc>,
    /// The first slot of those in which all was well again; absent while it goes on.
    pub ended_at: Option<DateTime<Utc>>,
    /// How many slots were not up.
    pub slots: i32,
}

/// What happened to an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// In which slot.
    pub at: DateTime<Utc>,
    /// What it was.
    pub kind: Kind,
    /// The worst status so far; `up` at the end.
    pub status: Status,
    /// All that were concerned so far.
    pub services: Vec<String>,
    /// The failure that decided.
    pub cause: Option<Failure>,
    /// Why, in words.
    pub reason: String,
}

/// An incident with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detailed {
    /// The incident.
    pub incident: Incident,
    /// What happened to it, oldest first.
    pub timeline: Vec<Update>,
    /// What failed meanwhile of what it concerned, newest first; of slowness, what was timed.
    pub evidence: Vec<observation::Recorded>,
    /// There is more evidence than is answered.
    pub is_truncated: bool,
}

/// Which incidents are wanted; everything that is `None` is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this region, or in `global`.
    pub region: Option<String>,
    /// That concerned this service or application.
    pub service: Option<String>,
    /// That go on, or that are over.
    pub open: Option<bool>,
    /// That went on at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// That began before this time.
    pub to: Option<DateTime<Utc>>,
}

/// 200 observations: a screen or five, and a hundred kilobytes.
pub const MOST_EVIDENCE: usize = 200;

const LIST: &str = "incidents";

/// Which incidents fit `filter`? The newest first. Relies on the index of their start.
///
/// # Errors
/// [`Error::UnknownRegion`] and [`Error::UnknownService`] for a filter that can fit nothing,
/// [`Error::Cursor`], [`Error::Database`].
pub async fn list(
    database: &Database,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<Incident>, Error> {
    let mut query = Entity::find()
        .filter(condition(database, filter).await?)
        .order_by_desc(COLUMN.started_at)
        .order_by_desc(COLUMN.id)
        .limit(page.limit + 1);
    if let Some(cursor) = &page.after {
        let (started_at, id): (DateTime<Utc>, i32) = cursor.open(LIST)?;
        let started_at = plausible(started_at)?;
        query = query
            .filter(COLUMN.started_at.lte(started_at))
            .filter(Condition::any().add(COLUMN.started_at.lt(started_at)).add(COLUMN.id.lt(id)));
    }
    let rows = query.all(database).await?;
    let page = Page::cut(rows, page.limit, |last| Cursor::after(LIST, (last.started_at, last.id)))?;
    Ok(Page { items: named(database, page.items).await?, next: page.next })
}

async fn condition(database: &Database, filter: &Filter) -> Result<Condition, Error> {
    let goes_on =
        |from| Condition::any().add(COLUMN.ended_at.is_null()).add(COLUMN.ended_at.gt(from));
    let mut condition = Condition::all()
        .add_option(filter.from.map(goes_on))
        .add_option(filter.to.map(|to| COLUMN.started_at.lt(to)));
    if let Some(open) = filter.open {
        let ended = COLUMN.ended_at;
        condition = condition.add(if open { ended.is_null() } else { ended.is_not_null() });
    }
    if let Some(name) = &filter.region {
        condition = condition.add(COLUMN.region_id.eq(region::named(database, name).await?.id));
    }
    if let Some(name) = &filter.service {
        let service = service::named(database, name).await?;
        let concerned = link::Entity::find()
            .select_only()
            .column(link::Column::IncidentId)
            .filter(link::COLUMN.service_id.eq(service.id));
        condition = condition.add(Column::Id.in_subquery(concerned.into_query()));
    }
    Ok(condition)
}

/// The incident with this key, with what happened to it and what was seen meanwhile.
///
/// # Errors
/// [`Error::UnknownIncident`], [`Error::Database`].
pub async fn read(database: &Database, id: i32) -> Result<Detailed, Error> {
    let row = Entity::find_by_id(id).one(database).await?;
    let row = row.ok_or(Error::UnknownIncident { id })?;
    let names = Names::of(database).await?;
    let updates = update::Entity::find().filter(update::COLUMN.incident_id.eq(id));
    let updates = updates.order_by_asc(update::COLUMN.slot).all(database).await?;
    let timeline = updates.into_iter().map(|update| names.update(update)).collect();
    let links = storing::links(database, [id]).await?;
    let services: BTreeSet<i16> = links.iter().map(|link| link.service_id).collect();
    let mut evidence = evidence(database, &row, &services, &names).await?;
    let is_truncated = evidence.len() > MOST_EVIDENCE;
    evidence.truncate(MOST_EVIDENCE);
    let incident = names.incident(row, &links);
    Ok(Detailed { incident, timeline, evidence, is_truncated })
}

/// What failed while it went on, of steps that need its services; of an application's own
/// incident, and of the monitor's, all that failed. Where nothing fails and all is slow, how long
/// each attempt took is the evidence.
async fn evidence(
    database: &Database,
    row: &Model,
    services: &BTreeSet<i16>,
    names: &Names,
) -> Result<Vec<observation::Recorded>, Error> {
    let is_service = |id: &&i16| names.is_service(**id);
    let of_services: Vec<i16> = services.iter().filter(is_service).copied().collect();
    let wanted = Evidence {
        with_successes: row.cause == Some(Failure::Slow),
        region_id: (!names.is_global(row.region_id)).then_some(row.region_id),
        services: of_services,
        from: row.started_at,
        to: row.ended_at,
    };
    observation::evidence(database, &wanted, MOST_EVIDENCE as u64 + 1).await
}

/// The incidents to which rounds with these numbers did something, with the rounds' numbers.
/// Relies on the index of the number.
pub(crate) async fn of_rounds(
    database: &Database,
    sequences: RangeInclusive<i64>,
) -> Result<Vec<(i64, Incident)>, Error> {
    let updates: Vec<(Option<i64>, i32)> = update::Entity::find()
        .select_only()
        .columns([update::Column::Sequence, update::Column::IncidentId])
        .filter(update::COLUMN.sequence.between(*sequences.start(), *sequences.end()))
        .order_by_asc(update::COLUMN.sequence)
        .order_by_asc(update::COLUMN.incident_id)
        .into_tuple()
        .all(database)
        .await?;
    if updates.is_empty() {
        return Ok(Vec::new());
    }
    let ids: BTreeSet<i32> = updates.iter().map(|(_, id)| *id).collect();
    let rows = Entity::find().filter(COLUMN.id.is_in(ids)).all(database).await?;
    let incidents: HashMap<i32, Incident> =
        named(database, rows).await?.into_iter().map(|incident| (incident.id, incident)).collect();
    let of = |(sequence, id): (Option<i64>, i32)| Some((sequence?, incidents.get(&id)?.clone()));
    Ok(updates.into_iter().filter_map(of).collect())
}

async fn named(database: &Database, rows: Vec<Model>) -> Result<Vec<Incident>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let links = storing::links(database, rows.iter().map(|row| row.id)).await?;
    let names = Names::of(database).await?;
    Ok(rows.into_iter().map(|row| names.incident(row, &links)).collect())
}

/// The names that keys stand for.
struct Names {
    regions: HashMap<i16, String>,
    services: HashMap<i16, service::Model>,
}

impl Names {
    /// Reads the small tables whole.
    async fn of(database: &Database) -> Result<Self, Error> {
        let regions = region::Entity::find().all(database).await?;
        let services = service::Entity::find().all(database).await?;
        Ok(Self {
            regions: regions.into_iter().map(|region| (region.id, region.name)).collect(),
            services: services.into_iter().map(|service| (service.id, service)).collect(),
        })
    }

    fn is_global(&self, region_id: i16) -> bool {
        self.regions.get(&region_id).is_some_and(|name| name == region::GLOBAL)
    }

    fn is_service(&self, id: i16) -> bool {
        self.services.get(&id).is_some_and(|service| service.kind == service::Kind::Service)
    }

    /// By kind, then by name.
    fn services(&self, ids: impl IntoIterator<Item = i16>) -> Vec<String> {
        let mut services: Vec<_> =
            ids.into_iter().filter_map(|id| self.services.get(&id)).collect();
        services.sort_by_key(|service| (service.kind, service.name.clone()));
        services.into_iter().map(|service| service.name.clone()).collect()
    }

    fn incident(&self, row: Model, links: &[link::Model]) -> Incident {
        let own = links.iter().filter(|link| link.incident_id == row.id);
        Incident {
            id: row.id,
            region: self.regions.get(&row.region_id).cloned().unwrap_or_default(),
            services: self.services(own.map(|link| link.service_id)),
            status: row.status,
            cause: row.cause,
            fault: row.fault,
            reason: row.reason,
            rule: row.rule,
            started_at: row.started_at,
            detected_at: row.detected_at,
            updated_at: row.updated_at,
            ended_at: row.ended_at,
            slots: row.slots,
        }
    }

    fn update(&self, row: update::Model) -> Update {
        Update {
            at: row.slot,
            kind: row.kind,
            status: row.status,
            services: self.services(row.services()),
            cause: row.cause,
            reason: row.reason,
        }
    }
}
