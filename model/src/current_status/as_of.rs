//! How each service stood at a moment of the past.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{QueryOrder, entity::prelude::*};

use super::{Current, Entity, Model, settling};
use crate::{Database, Error, explanation, measurement, region, service};

/// 1 h: what had not been measured for so long did not stand in any way that anybody knew.
const REACH: TimeDelta = TimeDelta::hours(1);

/// How did every service of `region` stand at `at`, and the global ones; of every region without
/// one? In the order of [`super::all`]. What was not measured in the hour before is left out.
///
/// Reads an hour of measurements by their key, and for each service two of them and an explanation.
///
/// # Errors
/// [`Error::UnknownRegion`], [`Error::Database`].
pub async fn as_of(
    database: &Database,
    at: DateTime<Utc>,
    region: Option<&str>,
) -> Result<Vec<Current>, Error> {
    let regions = region::Entity::find().all(database).await?;
    let mut regions: HashMap<i16, String> =
        regions.into_iter().map(|region| (region.id, region.name)).collect();
    if let Some(name) = region {
        if !regions.values().any(|known| known == name) {
            return Err(Error::UnknownRegion { name: name.to_owned() });
        }
        regions.retain(|_, known| known == name || known == region::GLOBAL);
    }
    let mut newest: BTreeMap<explanation::Pair, measurement::Model> = BTreeMap::new();
    for row in measured(database, at, regions.keys().copied()).await? {
        newest.insert((row.region_id, row.service_id), row);
    }
    let services = service::Entity::find().all(database).await?;
    let services: HashMap<i16, service::Model> =
        services.into_iter().map(|service| (service.id, service)).collect();
    let mut statuses = Vec::with_capacity(newest.len());
    for (pair, row) in newest {
        let (Some(region), Some(service)) = (regions.get(&pair.0), services.get(&pair.1)) else {
            continue;
        };
        let Some(known) = Entity::find_by_id(pair).one(database).await? else { continue };
        let stood = Model { measured_since: known.measured_since, ..Model::of(&row) };
        let since = settling::since(database, &stood).await?;
        let explanation = explanation::as_of(database, pair, row.slot).await?;
        let stood = Model { since, ..stood.because(explanation) };
        statuses.push(Current::named(stood, region, service));
    }
    statuses.sort_by_cached_key(|row| (row.region.clone(), row.kind, row.service.clone()));
    Ok(statuses)
}

/// The measurements of the hour up to `at`, oldest first. Relies on the primary key.
async fn measured(
    database: &Database,
    at: DateTime<Utc>,
    regions: impl IntoIterator<Item = i16>,
) -> Result<Vec<measurement::Model>, Error> {
    use measurement::COLUMN;
    Ok(measurement::Entity::find()
        .filter(COLUMN.slot.gt(at - REACH))
        .filter(COLUMN.slot.lte(at))
        .filter(COLUMN.region_id.is_in(regions))
        .order_by_asc(COLUMN.slot)
        .all(database)
        .await?)
}

impl Current {
    fn named(row: Model, region: &str, service: &service::Model) -> Self {
        Self {
            region: region.to_owned(),
            service: service.name.clone(),
            kind: service.kind,
            status: row.status,
            since: row.since,
            slot: row.slot,
            latency_us: row.latency_us,
            cause: row.cause,
            control_plane: row.control_plane,
            data_plane: row.data_plane,
            end_to_end: row.end_to_end,
            reason: row.reason,
            rule: row.rule,
        }
    }
}
