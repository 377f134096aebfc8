//! `GET /badges/{region}/{service}.svg`: a small picture of how a service stands, for other pages.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, Utc};
use model::{
    By, Selection,
    current_status::{self, Current},
    latency, region,
    uptime::{self, Question},
};
use poem_openapi::{
    Enum, OpenApi,
    param::{Path, Query},
};
use serve::near::near;
use tokio::time::Instant;

use crate::{
    clock::Clock,
    error::{ApiError, BadgeError},
    history::Preset,
    parameters::Name,
    status::ServiceStatus,
    store::Store,
    tag::Tag,
};

mod answer;
mod badge;
mod file;
mod svg;

use answer::Answer;
use badge::Badge;
use file::File;

/// Answers `GET /badges/{region}/{file}`.
#[derive(Clone, Debug)]
pub struct Badges {
    /// Where the answers come from.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// After how long without a new row a status is unknown.
    pub stale_after: Duration,
}

/// What a badge tells.
#[derive(Clone, Copy, Debug, Default, Enum)]
#[oai(rename_all = "snake_case", rename = "BadgeMetric")]
enum Metric {
    /// How the service stands now.
    #[default]
    Status,
    /// Which share of the judged slots was good.
    Uptime,
    /// How long its exchanges took: 95 % of them no longer.
    Latency,
}

#[OpenApi(tag = "Tag::Badges")]
impl Badges {
    /// A badge
    ///
    /// `/badges/us-east-1/DynamoDB.svg` is a picture for a page; `/badges/us-east-1/DynamoDB.json`
    /// is the same for the endpoint badge of shields.io. Case does not matter, and anything that is
    /// neither letter nor digit may be a hyphen: `sqs-ec2-voting-game.svg` is found as well as
    /// `SQS%20+%20EC2%20Voting%20Game.svg`. A global service is found in every region.
    ///
    /// A badge is grey and says `unknown` where nothing is known: when the newest measurement is
    /// stale, and for an uptime when less than half of the window was judged. An uptime is cut off
    /// after two digits, never rounded up. A picture of what is not there says `not found`, and is
    /// a 404.
    #[oai(path = "/badges/:region/:file", method = "get", operation_id = "read_badge")]
    async fn read(
        &self,
        /// The region: `us-east-1`, or `global`.
        region: Path<Name>,
        /// The service or application, and `.svg` or `.json`: `DynamoDB.svg`.
        file: Path<File>,
        /// What the badge tells.
        #[oai(default)]
        metric: Query<Metric>,
        /// Over how long, up to now; not for a status. 30 days of uptime, or 24 hours of latency,
        /// unless it is given.
        window: Query<Option<Preset>>,
    ) -> Result<Answer, BadgeError> {
        let (Name(region), File { service, format }) = (region.0, file.0);
        let deadline = self.store.deadline();
        let badge = match self.find(&region, &service).await {
            Ok(found) => self.badge(found, (metric.0, window.0), deadline).await?,
            Err(error) => return Ok(Answer::missing(&service, format, error)?),
        };
        Ok(Answer::found(badge, format))
    }
}

impl Badges {
    /// Finds the service that a path means.
    async fn find(&self, region: &str, service: &str) -> Result<Current, ApiError> {
        let mut all = self.store.ask(current_status::all(&self.store.database)).await?;
        let regions: BTreeSet<String> = all.iter().map(|row| row.region.clone()).collect();
        let Some(region) = meant(region, regions.iter().map(String::as_str)) else {
            let (name, near) = (region.to_owned(), near(region, regions.into_iter()));
            return Err(ApiError::UnknownRegion { name, near });
        };
        all.retain(|row| row.region == region || row.region == region::GLOBAL);
        // A service that was global at some time is nearer where it is the region's own.
        all.sort_by_key(|row| row.region != region);
        let services = || all.iter().map(|row| row.service.as_str());
        let position = meant(service, services())
            .and_then(|name| all.iter().position(|row| row.service == name));
        let Some(position) = position else {
            let near = near(service, services().map(str::to_owned));
            return Err(ApiError::UnknownService { name: service.to_owned(), near });
        };
        Ok(all.swap_remove(position))
    }

    async fn badge(
        &self,
        found: Current,
        (metric, window): (Metric, Option<Preset>),
        deadline: Instant,
    ) -> Result<Badge, ApiError> {
        let now = self.clock.now();
        let label = format!("{} {}", found.service, found.region);
        match metric {
            Metric::Status if window.is_some() => Err(ApiError::WindowOfStatus),
            Metric::Status => {
                let status = ServiceStatus::of(found, now, self.stale_after).status;
                Ok(Badge::status(label, status))
            }
            Metric::Uptime => {
                let window = window.unwrap_or(Preset::Month);
                let question = question(found, window, now);
                let answer = uptime::of(&self.store.database, &question, now);
                let answer = self.store.ask_history(deadline, answer).await?;
                let counts = answer.items.first().map(|item| item.total);
                Ok(Badge::uptime(label, counts.unwrap_or_default(), window))
            }
            Metric::Latency => {
                let window = window.unwrap_or(Preset::Day);
                let question = question(found, window, now);
                let answer = latency::of(&self.store.database, &question, now);
                let answer = self.store.ask_history(deadline, answer).await?;
                let total = answer.items.first().map(|item| item.total);
                Ok(Badge::latency(label, total, window))
            }
        }
    }
}

fn question(found: Current, window: Preset, now: DateTime<Utc>) -> Question {
    let (region, service) = (Some(found.region), Some(found.service));
    let selection = Selection { region, service, ..Selection::default() };
    Question { selection, window: window.until(now), by: By::Both, width: None }
}

/// The name that `wanted` is, or that it is written like in an address.
fn meant<'a>(wanted: &str, names: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let slug_of_wanted = slug(wanted);
    let alike = || names.clone().find(|name| slug(name) == slug_of_wanted);
    names.clone().find(|name| *name == wanted).or_else(alike)
}

/// `SQS + EC2 Voting Game` as `sqs-ec2-voting-game`.
fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["API Gateway", "SQS", "SQS + EC2 Voting Game"];

    #[test]
    fn a_name_can_be_written_as_addresses_are() {
        for wanted in ["API Gateway", "api-gateway", "API_Gateway", "api gateway"] {
            assert_eq!(meant(wanted, NAMES.into_iter()), Some("API Gateway"), "{wanted}");
        }
        assert_eq!(meant("sqs-ec2-voting-game", NAMES.into_iter()), Some(NAMES[2]));
        assert_eq!(meant("sqs", NAMES.into_iter()), Some("SQS"));
    }

    #[test]
    fn another_name_is_not_meant() {
        for wanted in ["apigateway", "sq", "", "-"] {
            assert_eq!(meant(wanted, NAMES.into_iter()), None, "{wanted}");
        }
    }
}
