//! The program's own metrics, in the Prometheus text format.
//!
//! The registry is made at start, filled by each part of the program, and then only read. There is no
//! global one: whoever counts holds its own counters.

use std::{sync::Arc, time::Duration};

use poem::http::StatusCode;
use poem_openapi::{ApiResponse, OpenApi, payload::PlainText};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use crate::problem::Tag;

/// From 1 ms to 30 s, which is how long a round may take.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Counts requests and how long they took.
#[derive(Clone, Debug)]
pub struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    durations: Family<OperationLabel, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    operation: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabel {
    operation: &'static str,
}

impl HttpMetrics {
    /// Makes the metrics and adds them to `registry`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
        };
        registry.register(
            "http_requests",
            "Requests by operation and status",
            metrics.requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "Seconds from a request's head to its answer",
            metrics.durations.clone(),
        );
        metrics
    }

    /// Counts one answered request.
    pub fn count(&self, operation: &'static str, status: StatusCode, duration: Duration) {
        let status = status.as_u16();
        self.requests.get_or_create(&RequestLabels { operation, status }).inc();
        self.durations.get_or_create(&OperationLabel { operation }).observe(duration.as_secs_f64());
    }
}

/// `GET /prometheus`.
#[derive(Clone, Debug)]
pub struct Exposition {
    registry: Arc<Registry>,
}

impl Exposition {
    /// Shows everything in `registry`.
    pub fn new(registry: Registry) -> Self {
        Self { registry: Arc::new(registry) }
    }
}

#[OpenApi(tag = "Tag::Operations")]
impl Exposition {
    /// Own metrics
    ///
    /// Counters and histograms of this process in the Prometheus text format.
    #[oai(path = "/prometheus", method = "get", operation_id = "read_prometheus")]
    async fn read(&self) -> ExpositionText {
        let mut buffer = String::new();
        // Writing to a string cannot fail.
        let _ = text::encode(&mut buffer, &self.registry);
        ExpositionText::Ok(PlainText(buffer))
    }
}

#[derive(ApiResponse)]
enum ExpositionText {
    /// The metrics, one sample a line.
    #[oai(
        status = 200,
        content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    )]
    Ok(PlainText<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_operation_and_status() {
        let mut registry = Registry::default();
        let metrics = HttpMetrics::register(&mut registry);
        metrics.count("list_regions", StatusCode::OK, Duration::from_millis(3));
        let mut shown = String::new();
        text::encode(&mut shown, &registry).expect("text");
        assert!(
            shown.contains(r#"http_requests_total{operation="list_regions",status="200"} 1"#),
            "{shown}"
        );
        assert!(
            shown.contains(
                r#"http_request_duration_seconds_bucket{le="0.005",operation="list_regions"} 1"#
            ),
            "{shown}"
        );
    }
}
