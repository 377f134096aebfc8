//! `GET /v1/about`: what this installation is.

use std::time::Duration;

use model::demo;
use poem_openapi::{Object, OpenApi, payload::Json, types::Example};

use crate::{
    applications::{Applications, RegionApplications},
    error::Unanswered,
    store::Store,
    tag::Tag,
};

/// Answers `GET /v1/about`.
#[derive(Clone, Debug)]
pub struct Abouts {
    /// Where the answers come from.
    pub store: Store,
    /// After how long without a new row a status is unknown.
    pub stale_after: Duration,
    /// The applications that readers can try.
    pub applications: Applications,
}

/// What this installation is.
#[derive(Debug, Object)]
#[oai(example)]
pub struct About {
    /// The program's version.
    version: String,
    /// Whether everything here is made up, for a demonstration.
    demo: bool,
    /// Seconds without a new measurement after which a status is `unknown`.
    stale_after_seconds: u64,
    /// Where our sample applications can be tried, by region.
    applications: Vec<RegionApplications>,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Catalogue")]
impl Abouts {
    /// What this installation is
    ///
    /// What a page must know before it shows anything: above all, whether the history is real.
    #[oai(path = "/about", method = "get", operation_id = "read_about")]
    async fn read(&self) -> Result<Json<About>, Unanswered> {
        let demo = self.store.ask(demo::is_one(&self.store.database)).await?;
        Ok(Json(About {
            version: env!("CARGO_PKG_VERSION").into(),
            demo,
            stale_after_seconds: self.stale_after.as_secs(),
            applications: self.applications.all(),
        }))
    }
}

impl Example for About {
    fn example() -> Self {
        Self {
            version: "0.1.0".into(),
            demo: false,
            stale_after_seconds: 180,
            applications: vec![RegionApplications::example()],
        }
    }
}
