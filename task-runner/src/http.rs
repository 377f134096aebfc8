//! What the runner answers over HTTP: triggers, the registry, and its own state.

mod probes;
mod readiness;
mod tasks;

use std::sync::Arc;

use poem::{EndpointExt, Response, Route, endpoint::BoxEndpoint};
use poem_openapi::{OpenApi, Tags};
use prometheus_client::registry::Registry;
use serve::{
    health::Liveness,
    metrics::{Exposition, HttpMetrics},
    openapi::{self, Described},
    problem::Problems,
    strictness::Operations,
};

use crate::{metrics::RoundMetrics, runner::Runner};

/// The groups of operations in the document.
#[derive(Tags)]
enum Tag {
    /// Triggers, and what they run.
    Rounds,
}

/// Everything that the document describes.
type Resources = (tasks::Tasks, probes::Probes, readiness::Readiness, Liveness, Exposition);

/// Whose unknown parameters are refused.
const STRICT: [&str; 2] = ["/tasks", "/probes"];

/// Everything that the runner serves.
pub fn endpoint(runner: Arc<Runner>) -> BoxEndpoint<'static, Response> {
    let mut registry = Registry::default();
    let http = HttpMetrics::register(&mut registry);
    let rounds = RoundMetrics::register(&mut registry);
    let resources: Resources = (
        tasks::Tasks { runner: runner.clone(), metrics: rounds },
        probes::Probes { runner: runner.clone() },
        readiness::Readiness { runner },
        Liveness,
        Exposition::new(registry),
    );
    let (title, version) = ("Cloud Monitor task runner", env!("CARGO_PKG_VERSION"));
    let service = openapi::service(Described(resources), title, version)
        .description("Runs the probes of one region when a scheduler asks for it.");
    let documents = Route::new().at("/openapi.json", service.spec_endpoint());
    let documents = documents.nest("/docs", service.swagger_ui());
    let service = service.with(Operations::of(&Resources::meta(), &STRICT));
    serve::edge(documents.nest("/", service).with(Problems), http)
}
