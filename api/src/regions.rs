//! `GET /v1/regions`: where services are measured.

use model::region;
use poem_openapi::{Object, OpenApi, payload::Json, types::Example};

use crate::{error::Unanswered, page::Page, store::Store, tag::Tag};

/// Answers `GET /v1/regions`.
#[derive(Clone, Debug)]
pub struct Regions {
    /// Where the answers come from.
    pub store: Store,
}

/// A region.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Region {
    /// The provider's name of it, or `global` for the services that have none.
    name: String,
    /// Whether this is `global`.
    global: bool,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Catalogue")]
impl Regions {
    /// List the regions
    ///
    /// Every region in which something was ever measured, by name. `global` stands for services
    /// without a region, such as IAM. The list is answered whole: there are tens of regions.
    #[oai(path = "/regions", method = "get", operation_id = "list_regions")]
    async fn list(&self) -> Result<Json<Page<Region>>, Unanswered> {
        let regions = self.store.ask(region::all(&self.store.database)).await?;
        Ok(Json(Page::whole(regions.into_iter().map(Region::of))))
    }
}

impl Region {
    fn of(region: region::Model) -> Self {
        Self { global: region.name == region::GLOBAL, name: region.name }
    }
}

impl Example for Region {
    fn example() -> Self {
        Self { name: "us-east-1".into(), global: false }
    }
}
