//! `GET /overview`: every region at a glance, as the first dashboard shows it.

use std::collections::BTreeSet;

use model::{
    region,
    tally::{self, Recent},
};
use poem_openapi::{Object, OpenApi, payload::Json, types::Example};

use crate::{clock::Clock, error::Unanswered, store::Store, tag::Tag};

/// Answers `GET /overview`.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Where the answers come from.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
}

/// A region at a glance. Our sample applications are left out.
#[derive(Debug, Object)]
#[oai(example)]
pub struct RegionOverview {
    /// The region.
    region: String,
    /// The last hour.
    #[oai(rename = "1h")]
    last_hour: Window,
    /// The last 24 hours.
    #[oai(rename = "24h")]
    last_day: Window,
}

/// A span of time that ends now.
#[derive(Debug, Default, Object)]
pub struct Window {
    /// Slots that were up or degraded, over all services.
    up: i64,
    /// Slots that were down, over all services.
    down: i64,
    /// The services that were down at least once, by name.
    services_affected: BTreeSet<String>,
}

#[OpenApi(tag = "Tag::Dashboard")]
impl Overview {
    /// Every region at a glance
    ///
    /// Counts of up and down in the last hour and in the last 24 hours, by region. Global services
    /// count in every region.
    #[oai(path = "/overview", method = "get", operation_id = "read_overview")]
    async fn read(&self) -> Result<Json<Vec<RegionOverview>>, Unanswered> {
        let database = &self.store.database;
        let now = self.clock.now();
        let answer =
            async { Ok((region::all(database).await?, tally::recent(database, now).await?)) };
        let (regions, recent) = self.store.ask(answer).await?;
        let regions = regions.into_iter().filter(|region| region.name != region::GLOBAL);
        Ok(Json(regions.map(|region| RegionOverview::of(region.name, &recent)).collect()))
    }
}

impl RegionOverview {
    fn of(region: String, recent: &[Recent]) -> Self {
        let mut overview =
            Self { region, last_hour: Window::default(), last_day: Window::default() };
        for row in recent {
            if row.region == overview.region || row.region == region::GLOBAL {
                overview.last_hour.add(&row.service, row.hour_up, row.hour_down);
                overview.last_day.add(&row.service, row.day_up, row.day_down);
            }
        }
        overview
    }
}

impl Window {
    fn add(&mut self, service: &str, up: i64, down: i64) {
        self.up += up;
        self.down += down;
        if down > 0 {
            self.services_affected.insert(service.to_owned());
        }
    }
}

impl Example for RegionOverview {
    fn example() -> Self {
        let row = Recent {
            region: "us-east-1".into(),
            service: "S3".into(),
            hour_up: 58,
            hour_down: 2,
            day_up: 1438,
            day_down: 2,
        };
        Self::of("us-east-1".into(), &[row])
    }
}
