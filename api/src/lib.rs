//! The API: answers from what the task runner stored. It never writes.
//!
//! | path | file | tells |
//! | --- | --- | --- |
//! | `/metrics` | [`metrics`] | counts of up and down over the last day, hour by hour |
//! | `/overview` | [`overview`] | counts per region, last hour and last day |
//! | `/v1/status` | [`status`] | how each service stands now |
//! | `/v1/regions`, `/v1/services` | [`regions`], [`services`] | what is measured |
//! | `/v1/measurements` | [`measurements`] | the judged rows |
//! | `/v1/observations` | [`observations`] | the evidence behind them |
//! | `/v1/events` | [`events`] | rounds as they are recorded |
//! | `/feed.atom` | [`feed`] | changes of status, for feed readers |
//! | `/livez`, `/readyz`, `/prometheus` | [`readiness`] and `serve` | the process itself |
//! | `/docs`, `/redoc`, `/openapi.json` | [`documents`] | this API |
//!
//! A request passes, from the outside in, [`serve::edge`] (id, log, body limit), [`security`],
//! [`cors`], [`compression`], [`freshness`] (caching and `ETag`), the errors of [`serve::problem`],
//! [`strictness`], and then its handler, which asks the [`store`] one question of `model`.

pub mod clock;
pub mod compression;
pub mod configuration;
pub mod cors;
pub mod documents;
pub mod error;
pub mod events;
pub mod feed;
pub mod freshness;
pub mod measurements;
pub mod metrics;
pub mod observations;
pub mod overview;
pub mod page;
pub mod parameters;
pub mod public_url;
pub mod readiness;
pub mod regions;
pub mod security;
pub mod services;
pub mod status;
pub mod store;
pub mod strictness;
pub mod tag;

use std::time::Duration;

use model::Database;
use poem::{EndpointExt, Response, endpoint::BoxEndpoint};
use poem_openapi::{OpenApi, OpenApiService};
use prometheus_client::registry::Registry;
use serve::{
    health::Liveness,
    metrics::{Exposition, HttpMetrics},
    problem::Problems,
};

use crate::{clock::Clock, cors::Cors, events::Streams, public_url::PublicUrl, store::Store};

/// What the API needs to run.
#[derive(Clone, Debug)]
pub struct App {
    /// Where the answers come from.
    pub database: Database,
    /// What time it is.
    pub clock: Clock,
    /// The origins whose pages may read the answers.
    pub cors: Cors,
    /// After how long without a new row a status is unknown.
    pub stale_after: Duration,
    /// The streams of events.
    pub streams: Streams,
    /// What links begin with.
    pub public_url: PublicUrl,
}

/// Everything that the document describes, in its order. A tuple holds 16.
pub(crate) type Resources = (
    status::Statuses,
    measurements::Measurements,
    observations::Observations,
    regions::Regions,
    services::Services,
    (events::Events, feed::Feed),
    metrics::Metrics,
    overview::Overview,
    readiness::Readiness,
    Liveness,
    Exposition,
);

/// Everything that the API serves.
pub fn endpoint(app: App) -> BoxEndpoint<'static, Response> {
    let mut registry = Registry::default();
    let http = HttpMetrics::register(&mut registry);
    let resources = (resources(&app, Exposition::new(registry)), documents::Documents::default());
    let routes = OpenApiService::new(resources, documents::TITLE, documents::VERSION)
        .with(strictness::KnownParameters::of(&Resources::meta()))
        .with(Problems)
        .with(freshness::Freshness)
        .with(compression::Compression)
        .with(app.cors)
        .with(security::Headers);
    serve::edge(routes, http)
}

fn resources(app: &App, exposition: Exposition) -> Resources {
    let store = Store::new(app.database.clone());
    let clock = app.clock;
    (
        status::Statuses { store: store.clone(), clock, stale_after: app.stale_after },
        measurements::Measurements { store: store.clone() },
        observations::Observations { store: store.clone() },
        regions::Regions { store: store.clone() },
        services::Services { store: store.clone() },
        (
            events::Events { store: store.clone(), streams: app.streams.clone() },
            feed::Feed { store: store.clone(), public_url: app.public_url.clone() },
        ),
        metrics::Metrics { store: store.clone(), clock },
        overview::Overview { store, clock },
        readiness::Readiness { database: app.database.clone() },
        Liveness,
        exposition,
    )
}
