//! One event and one count per request, keyed by the operation that answered it.
//!
//! Answers that were made for their request are logged at INFO, faults of ours at WARN. What comes
//! from memory, and what machines ask for every few seconds, is logged at DEBUG: a crowd would fill
//! the log with lines that say the same, and writing them would cost more than answering. They are
//! counted all the same.

use std::time::{Duration, Instant};

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{Method, StatusCode, header},
};
use poem_openapi::OperationId;
use tracing::{debug, info, warn};

use crate::{metrics::HttpMetrics, request_id::RequestId};

/// What machines ask for every few seconds; at INFO it would drown everything else.
const ROUTINE: [&str; 3] = ["/livez", "/readyz", "/prometheus"];

/// Logs and counts every request.
#[derive(Clone, Debug)]
pub struct AccessLog {
    metrics: HttpMetrics,
}

impl AccessLog {
    /// Counts into `metrics`.
    pub fn new(metrics: HttpMetrics) -> Self {
        Self { metrics }
    }
}

impl<E: Endpoint> Middleware<E> for AccessLog {
    type Output = Logged<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Logged { inner, metrics: self.metrics.clone() }
    }
}

/// The endpoint made by [`AccessLog`].
#[derive(Debug)]
pub struct Logged<E> {
    inner: E,
    metrics: HttpMetrics,
}

impl<E: Endpoint> Endpoint for Logged<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let started = Instant::now();
        let id = RequestId::of(&request);
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        if method == Method::HEAD {
            // The answer to HEAD is that to GET with the same headers; hyper leaves the body out.
            request.set_method(Method::GET);
        }

        let response = self.inner.call(request).await?.into_response();

        let duration = started.elapsed();
        // `unmatched`: unknown paths must not become labels, or a scanner could fill the memory.
        let operation = response.data::<OperationId>().map_or("unmatched", |id| id.0);
        self.metrics.count(operation, response.status(), duration);
        log(&Line {
            id: id.as_str(),
            operation,
            method,
            path: &path,
            status: response.status(),
            duration,
            // RFC 9111 section 5.1: an answer with an age was not made for this request.
            from_memory: response.headers().contains_key(header::AGE),
        });
        Ok(response)
    }
}

struct Line<'a> {
    id: &'a str,
    operation: &'a str,
    method: Method,
    path: &'a str,
    status: StatusCode,
    duration: Duration,
    from_memory: bool,
}

fn log(line: &Line<'_>) {
    let Line { id, operation, method, path, status, duration, from_memory } = line;
    // Three decimals: a float's further digits are noise.
    let duration_ms = duration.as_micros() as f64 / 1e3;
    let status = status.as_u16();
    // The macros fix the level at compile time, hence one call for each.
    if status >= 500 {
        warn!(request_id = id, operation, %method, path, status, duration_ms, "Answered {status}");
    } else if *from_memory || ROUTINE.contains(path) {
        debug!(request_id = id, operation, %method, path, status, duration_ms, "Answered {status}");
    } else {
        info!(request_id = id, operation, %method, path, status, duration_ms, "Answered {status}");
    }
}
