//! The API: answers from what the task runner stored. It never writes.
//!
//! | path | file | tells |
//! | --- | --- | --- |
//! | `/metrics` | [`metrics`] | counts of up and down over the last day, hour by hour |
//! | `/overview` | [`overview`] | counts per region, last hour and last day |
//! | `/v1/status`, `/v1/status/{region}` | [`status`] | how each service stands now |
//! | `/v1/regions`, `/v1/services` | [`regions`], [`services`] | what is measured |
//! | `/v1/measurements` | [`measurements`] | the judged rows |
//! | `/v1/observations` | [`observations`] | the evidence behind them |
//! | `/v1/incidents`, `/v1/incidents/{id}` | [`incidents`] | spans in which something was not up |
//! | `/v1/runs`, `/v1/runs/{id}` | [`runs`] | which slots were probed |
//! | `/v1/uptime`, `/v1/latency` | [`uptime`], [`latency`], [`history`] | shares and percentiles, over windows up to years |
//! | `/badges/{region}/{service}.svg` | [`badges`] | small pictures for pages of others |
//! | `/v1/events` | [`events`] | rounds as they are recorded |
//! | `/feed.atom` | [`feed`] | changes of status, for feed readers |
//! | `/v1/about` | [`about`], [`applications`] | what this installation is |
//! | `/`, `/regions/…` and other pages | [`dashboard`] | all of this, for people |
//! | `/livez`, `/readyz`, `/prometheus` | [`readiness`] and `serve` | the process itself |
//! | `/docs`, `/redoc`, `/openapi.json` | [`documents`] | this API |
//!
//! A request passes, from the outside in, [`serve::observed`] (id, log), [`security`], [`cors`],
//! [`serve::sheltered`] (body limit, errors), the [`dashboard`] and the [`crowd`], where most of them
//! find their answer. The others pass [`serve::strictness`] and [`choices`] and reach their handler,
//! which asks the [`store`] one question of `model` when there is a place among the [`questions`].

pub mod about;
pub mod answer;
pub mod applications;
pub mod badges;
pub mod choices;
pub mod clock;
pub mod configuration;
pub mod cors;
pub mod crowd;
pub mod dashboard;
pub mod documents;
pub mod error;
pub mod events;
pub mod feed;
pub mod history;
pub mod incidents;
pub mod latency;
pub mod measurements;
pub mod metrics;
pub mod observations;
pub mod overview;
pub mod page;
pub mod parameters;
pub mod public_url;
pub mod questions;
pub mod readiness;
pub mod regions;
pub mod runs;
pub mod security;
pub mod services;
pub mod status;
pub mod store;
pub mod tag;
pub mod uptime;

use std::time::Duration;

use model::Database;
use poem::{EndpointExt, Response, endpoint::BoxEndpoint};
use poem_openapi::{OpenApi, OpenApiService};
use prometheus_client::registry::Registry;
use serve::{
    health::Liveness,
    metrics::{Exposition, HttpMetrics},
    strictness::Operations,
};

use crate::{
    applications::Applications, clock::Clock, cors::Cors, crowd::Crowd, dashboard::Dashboard,
    documents::Documents, events::Streams, public_url::PublicUrl, questions::Questions,
    store::Store,
};

/// What the API needs to run.
#[derive(Clone, Debug)]
pub struct App {
    /// Where the task runner writes.
    pub database: Database,
    /// A replica of it, where the answers come from instead.
    pub replica: Option<Database>,
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
    /// The sample applications that readers can try.
    pub applications: Applications,
}

/// Everything that the document describes, in its order. A tuple holds 16.
pub(crate) type Resources = (
    status::Statuses,
    measurements::Measurements,
    observations::Observations,
    (runs::Runs, incidents::Incidents),
    (uptime::Uptimes, latency::Latencies),
    badges::Badges,
    regions::Regions,
    (services::Services, about::Abouts),
    (events::Events, feed::Feed),
    metrics::Metrics,
    overview::Overview,
    readiness::Readiness,
    Liveness,
    Exposition,
);

/// Whose unknown parameters are refused: the calls of the first dashboard keep ignoring them, as
/// they always did.
const STRICT: [&str; 2] = ["/v1/", "/badges/"];

/// Everything that the API serves.
pub fn endpoint(app: App) -> BoxEndpoint<'static, Response> {
    let mut registry = Registry::default();
    let http = HttpMetrics::register(&mut registry);
    let reading = app.replica.as_ref().unwrap_or(&app.database);
    let apis = <(Resources, Documents)>::meta();
    let crowd = Crowd::new(&apis, app.clock, reading.clone(), &mut registry);
    let store = Store::new(reading.clone(), Questions::register(&mut registry));
    let resources = (resources(&app, store, Exposition::new(registry)), Documents::default());
    let routes = OpenApiService::new(resources, documents::TITLE, documents::VERSION)
        .with(choices::Choices::of::<Resources>())
        .with(Operations::of(&apis, &STRICT))
        .with(crowd)
        .with(Dashboard::new(&app.applications));
    let endpoint = serve::sheltered(routes).with(app.cors).with(security::Headers);
    serve::observed(endpoint, http)
}

fn resources(app: &App, store: Store, exposition: Exposition) -> Resources {
    let (clock, stale_after) = (app.clock, app.stale_after);
    (
        status::Statuses { store: store.clone(), clock, stale_after },
        measurements::Measurements { store: store.clone() },
        observations::Observations { store: store.clone() },
        (
            runs::Runs { store: store.clone(), clock },
            incidents::Incidents { store: store.clone(), clock, stale_after },
        ),
        (
            uptime::Uptimes { store: store.clone(), clock },
            latency::Latencies { store: store.clone(), clock },
        ),
        badges::Badges { store: store.clone(), clock, stale_after },
        regions::Regions { store: store.clone() },
        (
            services::Services { store: store.clone() },
            about::Abouts {
                store: store.clone(),
                stale_after,
                applications: app.applications.clone(),
            },
        ),
        (
            events::Events { store: store.clone(), streams: app.streams.clone() },
            feed::Feed { store: store.clone(), public_url: app.public_url.clone() },
        ),
        metrics::Metrics { store: store.clone(), clock },
        overview::Overview { store, clock },
        readiness::Readiness { database: app.database.clone(), replica: app.replica.clone() },
        Liveness,
        exposition,
    )
}
