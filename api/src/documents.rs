//! `GET /docs`, `/redoc`, `/openapi.json`.
//!
//! The document comes from the resources' types alone, so it can be printed without a database. It is
//! made at the first request for it: a start should not wait for megabytes of text.

mod additions;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    ApiResponse, OpenApi, OpenApiService,
    payload::Binary,
    registry::{MetaApi, Registry},
};
use serve::openapi;

use crate::Resources;

/// The document's title.
pub const TITLE: &str = "Cloud Monitor";

/// The document's version, which is the program's.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

const DESCRIPTION: &str = "Which cloud service in which region is up, degraded, down, or not known, with the \
    evidence.\n\nEvery error is a problem document (RFC 9457) with a stable `code` and the request's id. \
    Answers carry an `ETag`; send it back in `If-None-Match` and an unchanged answer is a 304 without a body.\n\nTimes are RFC 3339, of \
    the years 1970 to 9999; what is finer than a microsecond is cut off.";

/// ReDoc's page asks this host for fonts. It works without them, also where there is no internet.
const FONTS: &str = r#"<link href="https://fonts.googleapis.com/css?family=Montserrat:300,400,700|Roboto:300,400,700" rel="stylesheet">"#;

/// The OpenAPI document as JSON text.
pub fn openapi() -> String {
    service().spec()
}

/// Answers with the documents.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    texts: Arc<Texts>,
}

#[derive(Debug, Default)]
struct Texts {
    openapi: OnceLock<Bytes>,
    swagger: OnceLock<Bytes>,
    redoc: OnceLock<Bytes>,
}

#[derive(ApiResponse)]
enum Page {
    /// A page.
    #[oai(status = 200, content_type = "text/html; charset=utf-8")]
    Ok(Binary<Bytes>),
}

#[derive(ApiResponse)]
enum Contract {
    /// The document.
    #[oai(status = 200, content_type = "application/json")]
    Ok(Binary<Bytes>),
}

#[OpenApi]
impl Documents {
    #[oai(path = "/docs", method = "get", hidden, operation_id = "read_docs")]
    async fn docs(&self) -> Page {
        let text = self.texts.swagger.get_or_init(|| service().swagger_ui_html().into());
        Page::Ok(Binary(text.clone()))
    }

    #[oai(path = "/redoc", method = "get", hidden, operation_id = "read_redoc")]
    async fn redoc(&self) -> Page {
        let text =
            self.texts.redoc.get_or_init(|| service().redoc_html().replace(FONTS, "").into());
        Page::Ok(Binary(text.clone()))
    }

    #[oai(path = "/openapi.json", method = "get", hidden, operation_id = "read_openapi")]
    async fn openapi(&self) -> Contract {
        let text = self.texts.openapi.get_or_init(|| openapi().into());
        Contract::Ok(Binary(text.clone()))
    }
}

fn service() -> OpenApiService<Described, ()> {
    openapi::service(Described, TITLE, VERSION).description(DESCRIPTION)
}

/// The resources as types, without the state that serving them takes.
struct Described;

impl OpenApi for Described {
    fn meta() -> Vec<MetaApi> {
        let mut apis = openapi::Described::<Resources>::meta();
        for path in apis.iter_mut().flat_map(|api| &mut api.paths) {
            for operation in &mut path.operations {
                additions::complete(&path.path, operation);
            }
        }
        apis
    }

    fn register(registry: &mut Registry) {
        openapi::Described::<Resources>::register(registry);
    }

    fn add_routes(self, _: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
}
