//! What the two HTTP programs share: how they listen, log, count, refuse, and read their configuration.
//!
//! A program is put together in this order:
//!
//! 1. [`configuration::Variables`] reads the environment and names everything that is wrong at once;
//! 2. [`logging::Logging::start`] sends events to standard error;
//! 3. [`metrics::HttpMetrics`] and the program's own metrics are registered;
//! 4. the program's routes are wrapped by [`edge`];
//! 5. [`listen::bind`] and [`server::Server::run`] serve them until a signal arrives.
//!
//! [`evidence`] and [`timestamp`] are the JSON in which both programs show what was seen and judged.
//!
//! Handlers report failures as [`problem::Problem`]; nothing else in a program knows about HTTP errors.

pub mod access_log;
pub mod body;
pub mod configuration;
pub mod descriptors;
#[cfg(feature = "evidence")]
pub mod evidence;
pub mod health;
pub mod host;
pub mod listen;
pub mod logging;
pub mod metrics;
pub mod near;
pub mod openapi;
pub mod problem;
pub mod request_id;
pub mod server;
pub mod strictness;
pub mod timestamp;

use poem::{Endpoint, EndpointExt, Response, endpoint::BoxEndpoint};

/// Wraps a program's routes in everything that every request meets: [`observed`] around [`sheltered`].
pub fn edge<E>(routes: E, metrics: metrics::HttpMetrics) -> BoxEndpoint<'static, Response>
where
    E: Endpoint + 'static,
{
    observed(sheltered(routes), metrics)
}

/// The inner half of the edge: a request says whom it is for, its body is read within
/// [`body::LIMIT`], and every error and panic becomes a problem document. What is put around it
/// sees errors as answers.
pub fn sheltered<E: Endpoint>(routes: E) -> impl Endpoint<Output = Response> {
    routes.with(body::BodyLimit).with(host::HostNeeded).with(problem::Problems)
}

/// The outer half of the edge: a request id is accepted or made, the request is logged and counted.
pub fn observed<E>(endpoint: E, metrics: metrics::HttpMetrics) -> BoxEndpoint<'static, Response>
where
    E: Endpoint + 'static,
{
    endpoint.with(access_log::AccessLog::new(metrics)).with(request_id::RequestIds).boxed()
}
