//! `GET /v1/services`: what is measured.

use model::service;
use poem_openapi::{Object, OpenApi, payload::Json, types::Example};

use crate::{error::Unanswered, page::Page, store::Store, tag::Tag};

/// Answers `GET /v1/services`.
#[derive(Clone, Debug)]
pub struct Services {
    /// Where the answers come from.
    pub store: Store,
}

/// A cloud service, or one of our sample applications.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Service {
    /// Its name, as every other call takes it.
    name: String,
    /// Whether it is the provider's service or our application.
    kind: service::Kind,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Catalogue")]
impl Services {
    /// List the services and applications
    ///
    /// Everything that was ever measured: services first, then applications, each by name. The list
    /// is answered whole: there are tens of them.
    #[oai(path = "/services", method = "get", operation_id = "list_services")]
    async fn list(&self) -> Result<Json<Page<Service>>, Unanswered> {
        let services = self.store.ask(service::all(&self.store.database)).await?;
        Ok(Json(Page::whole(services.into_iter().map(Service::of))))
    }
}

impl Service {
    fn of(service: service::Model) -> Self {
        Self { name: service.name, kind: service.kind }
    }
}

impl Example for Service {
    fn example() -> Self {
        Self { name: "API Gateway".into(), kind: service::Kind::Service }
    }
}
