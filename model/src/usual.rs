//! How long do the exchanges of each service usually take? Read from slots that were judged up,
//! so that an outage never becomes what is usual.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{QueryOrder, QuerySelect, entity::prelude::*};

use crate::{
    Database, Error, Status, measurement, region,
    rollup::{Latencies, hour},
    service,
    window::Width,
};

/// What is usual for one service or application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usual {
    /// Its latencies of the last two hours, in microseconds.
    pub recent_us: Vec<i64>,
    /// Its latencies at this time of the day in the last week.
    pub season: Option<Season>,
}

/// The latencies of one hour of the day over the last week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Season {
    /// Half of them took no longer, in microseconds.
    pub median_us: i64,
    /// 95 % of them took no longer, in microseconds.
    pub p95_us: i64,
    /// How many there are.
    pub count: u64,
}

/// 2 h: enough for a median, and short enough to follow the day.
const RECENT: TimeDelta = TimeDelta::hours(2);

/// 7 days: each day of the week once.
const DAYS: i64 = 7;

/// What is usual in `region` right before `slot`, by service or application, global ones
/// included? Relies on the primary keys; reads two hours of measurements and seven rows of hours
/// for each service.
///
/// # Errors
/// [`Error::Histogram`], [`Error::Database`]. A region that was never recorded has nothing usual.
pub async fn before(
    database: &Database,
    region: &str,
    slot: DateTime<Utc>,
) -> Result<BTreeMap<String, Usual>, Error> {
    let names = [region, region::GLOBAL];
    let regions: Vec<i16> = region::all(database)
        .await?
        .into_iter()
        .filter(|known| names.contains(&known.name.as_str()))
        .map(|known| known.id)
        .collect();
    let services = service::all(database).await?;
    let services: HashMap<i16, String> =
        services.into_iter().map(|service| (service.id, service.name)).collect();
    let mut usual: BTreeMap<String, Usual> = BTreeMap::new();
    for (service_id, latency_us) in recent(database, &regions, slot).await? {
        if let Some(name) = services.get(&service_id) {
            let known = usual.entry(name.clone()).or_default();
            known.recent_us.push(latency_us.into());
        }
    }
    for (service_id, latencies) in season(database, (&regions, &services), slot).await? {
        let quantiles = latencies.quantile(0.5).zip(latencies.quantile(0.95));
        let (Some(name), Some((median_us, p95_us))) = (services.get(&service_id), quantiles) else {
            continue;
        };
        let season = Season { median_us, p95_us, count: latencies.count() };
        usual.entry(name.clone()).or_default().season = Some(season);
    }
    Ok(usual)
}

async fn recent(
    database: &Database,
    regions: &[i16],
    slot: DateTime<Utc>,
) -> Result<Vec<(i16, i32)>, Error> {
    use measurement::{COLUMN, Column};
    Ok(measurement::Entity::find()
        .select_only()
        .columns([Column::ServiceId, Column::LatencyUs])
        .filter(COLUMN.slot.gte(slot - RECENT))
        .filter(COLUMN.slot.lt(slot))
        .filter(COLUMN.region_id.is_in(regions.iter().copied()))
        .filter(COLUMN.status.eq(Status::Up))
        .filter(COLUMN.latency_us.is_not_null())
        .order_by_asc(COLUMN.slot)
        .into_tuple()
        .all(database)
        .await?)
}

async fn season(
    database: &Database,
    (regions, services): (&[i16], &HashMap<i16, String>),
    slot: DateTime<Utc>,
) -> Result<HashMap<i16, Latencies>, Error> {
    let this_hour = Width::Hour.start_of(slot);
    let hours = (1..=DAYS).map(|days| this_hour - TimeDelta::days(days));
    let rows = hour::Entity::find()
        .filter(hour::COLUMN.region_id.is_in(regions.iter().copied()))
        // The primary key has the services before the hours.
        .filter(hour::COLUMN.service_id.is_in(services.keys().copied()))
        .filter(hour::COLUMN.hour.is_in(hours))
        .all(database)
        .await?;
    let mut latencies: HashMap<i16, Latencies> = HashMap::new();
    for row in rows {
        let of_hour = Latencies::from_bytes(&row.latencies)?;
        latencies.entry(row.service_id).or_default().merge(of_hour)?;
    }
    Ok(latencies)
}
