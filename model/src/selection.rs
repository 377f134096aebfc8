//! Which services of which regions a question is about.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::{
    FromQueryResult, JoinType, QueryOrder, QuerySelect, RelationTrait, entity::prelude::*,
};

use crate::{
    Database, Error, Width, Window,
    current_status::{Column, Entity, Relation},
    region,
    service::{self, Kind},
    uptime::Question,
};

/// Which services of which regions; everything that is `None` is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Of this region, or of `global`.
    pub region: Option<String>,
    /// Besides, whatever is global: it concerns every region.
    pub with_global: bool,
    /// This service or application.
    pub service: Option<String>,
    /// Only services, or only applications.
    pub kind: Option<Kind>,
}

/// How the answer to a question is grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// One answer for each service, over its regions.
    Service,
    /// One answer for each region, over its services.
    Region,
    /// One answer for each service in each region.
    Both,
}

/// What one of the answers is about; by region, then services before applications, then by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// The region, or `global`; absent when it is about all of them.
    pub region: Option<String>,
    /// Whose work it is; absent when it is about both.
    pub kind: Option<Kind>,
    /// The service or application; absent when it is about all of them.
    pub service: Option<String>,
}

/// A service in a region, of which there ever was a measurement.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Pair {
    pub(crate) region_id: i16,
    pub(crate) service_id: i16,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) kind: Kind,
    /// Its first slot.
    pub(crate) measured_since: DateTime<Utc>,
    /// Its newest slot.
    pub(crate) slot: DateTime<Utc>,
}

impl Pair {
    pub(crate) fn subject(&self, by: By) -> Subject {
        let (region, service) = (self.region.clone(), self.service.clone());
        match by {
            By::Service => Subject { region: None, kind: Some(self.kind), service: Some(service) },
            By::Region => Subject { region: Some(region), kind: None, service: None },
            By::Both => {
                Subject { region: Some(region), kind: Some(self.kind), service: Some(service) }
            }
        }
    }
}

/// What the answers to a question are about, and which of them each pair belongs to.
#[derive(Debug)]
pub(crate) struct Subjects {
    /// Ascending.
    pub(crate) names: Vec<Subject>,
    of_pair: HashMap<(i16, i16), usize>,
}

impl Subjects {
    /// Where the subject of the pair with these keys stands, if the question is about it.
    pub(crate) fn position(&self, region_id: i16, service_id: i16) -> Option<usize> {
        self.of_pair.get(&(region_id, service_id)).copied()
    }
}

/// 80,000 rollups: a year of days of twenty services in ten regions. No answer reads more.
const MOST_READ: usize = 80_000;

/// 24,000 buckets: a day of minutes of sixteen services. No answer, of a few megabytes, holds more.
const MOST_HELD: usize = 24_000;

/// 4,000 rows, of less than a kilobyte each, are in memory at once while an answer is computed.
const ROWS_AT_ONCE: usize = 4_000;

/// The pairs that a selection stands for.
pub(crate) struct Scope {
    pairs: HashMap<(i16, i16), Pair>,
    is_everything: bool,
}

impl Scope {
    /// Finds the pairs: reads the whole small table of how things stand.
    ///
    /// # Errors
    /// [`Error::UnknownRegion`], [`Error::UnknownService`], [`Error::Database`].
    pub(crate) async fn of(database: &Database, selection: &Selection) -> Result<Self, Error> {
        let mut pairs = all(database).await?;
        let all = pairs.len();
        pairs.retain(|pair| selection.has(pair));
        let is_everything = pairs.len() == all;
        // A name that fits no pair may still be one that is known.
        if let Some(name) = &selection.region
            && !pairs.iter().any(|pair| pair.region == *name)
        {
            region::named(database, name).await?;
        }
        if let Some(name) = &selection.service
            && pairs.is_empty()
        {
            service::named(database, name).await?;
        }
        let keyed = pairs.into_iter().map(|pair| ((pair.region_id, pair.service_id), pair));
        Ok(Self { pairs: keyed.collect(), is_everything })
    }

    /// Refuses a question whose answer would read or hold too much, before anything is read for it.
    ///
    /// # Errors
    /// [`Error::TooManyBuckets`].
    pub(crate) fn bounded(&self, window: Window, question: &Question) -> Result<(), Error> {
        let width = question.width.unwrap_or(Width::Day);
        let read = self.pairs.len().saturating_mul(window.buckets(width));
        let subjects = self.subjects(question.by).names.len();
        let held = question.width.map_or(0, |width| subjects.saturating_mul(window.buckets(width)));
        for (wanted, most) in [(held, MOST_HELD), (read, MOST_READ)] {
            if wanted > most {
                return Err(Error::TooManyBuckets { wanted, most });
            }
        }
        Ok(())
    }

    /// No pair is left out, so that every row is meant.
    pub(crate) fn is_everything(&self) -> bool {
        self.is_everything
    }

    /// How many buckets to read at once.
    pub(crate) fn buckets_at_once(&self) -> usize {
        (ROWS_AT_ONCE / self.pairs.len().max(1)).max(1)
    }

    /// What the answers are about.
    pub(crate) fn subjects(&self, by: By) -> Subjects {
        let names: BTreeSet<Subject> = self.pairs().map(|pair| pair.subject(by)).collect();
        let names: Vec<Subject> = names.into_iter().collect();
        let of_pair = self
            .pairs
            .iter()
            .filter_map(|(ids, pair)| Some((*ids, names.binary_search(&pair.subject(by)).ok()?)));
        Subjects { of_pair: of_pair.collect(), names }
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.values()
    }

    /// The pair with these keys, if the question is about it.
    pub(crate) fn pair(&self, region_id: i16, service_id: i16) -> Option<&Pair> {
        self.pairs.get(&(region_id, service_id))
    }

    pub(crate) fn region_ids(&self) -> BTreeSet<i16> {
        self.pairs().map(|pair| pair.region_id).collect()
    }

    pub(crate) fn service_ids(&self) -> BTreeSet<i16> {
        self.pairs().map(|pair| pair.service_id).collect()
    }

    /// The first slot that any of the pairs has.
    pub(crate) fn measured_since(&self) -> Option<DateTime<Utc>> {
        self.pairs().map(|pair| pair.measured_since).min()
    }

    /// The newest slot that any of the pairs has.
    pub(crate) fn newest(&self) -> Option<DateTime<Utc>> {
        self.pairs().map(|pair| pair.slot).max()
    }
}

impl Selection {
    fn has(&self, pair: &Pair) -> bool {
        let is_wanted = |wanted: &Option<String>, name: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == name)
        };
        let in_region = is_wanted(&self.region, &pair.region)
            || (self.with_global && pair.region == region::GLOBAL);
        in_region
            && is_wanted(&self.service, &pair.service)
            && self.kind.is_none_or(|kind| kind == pair.kind)
    }
}

async fn all(database: &Database) -> Result<Vec<Pair>, Error> {
    Ok(Entity::find()
        .select_only()
        .columns([Column::RegionId, Column::ServiceId, Column::MeasuredSince, Column::Slot])
        .join(JoinType::InnerJoin, Relation::Region.def())
        .join(JoinType::InnerJoin, Relation::Service.def())
        .column_as(region::Column::Name, "region")
        .column_as(service::Column::Name, "service")
        .column_as(service::Column::Kind, "kind")
        .order_by_asc(Column::RegionId)
        .into_model::<Pair>()
        .all(database)
        .await?)
}
