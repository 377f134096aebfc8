//! The database away, or without its schema.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    databases::{on_each_database, on_each_empty_database},
    program::Program,
};

/// Nothing listens on the discard port of loopback.
const AWAY: &str = "postgresql://nobody:secret@127.0.0.1:9/nothing";

#[tokio::test]
async fn a_database_that_is_away_is_a_503_that_says_when_to_come_back() {
    let program = Program::start(AWAY).await;
    for path in [
        "/overview",
        "/metrics?region=us-east-1",
        "/v1/status",
        "/v1/measurements",
        "/v1/uptime",
        "/v1/latency",
        "/v1/runs",
        "/badges/us-east-1/SQS.svg",
    ] {
        let begun = Instant::now();
        let response = program.get(path).await;
        assert_eq!(response.status(), 503, "{path}");
        assert_eq!(response.headers()["retry-after"], "5");
        assert!(begun.elapsed() < Duration::from_secs(4), "{path}: {:?}", begun.elapsed());
        let body = response.text().await.expect("text");
        assert!(body.contains("unavailable") && !body.contains("secret"), "{body}");
    }
}

#[tokio::test]
async fn a_database_that_hangs_is_not_waited_for_for_ever() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = silent.local_addr().expect("an address");
    let program = Program::start(&format!("postgresql://{address}/nothing")).await;
    for path in ["/overview", "/readyz"] {
        let begun = Instant::now();
        assert_eq!(program.get(path).await.status(), 503);
        assert!(begun.elapsed() < Duration::from_secs(4), "{path}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_query_without_the_schema_is_a_503_too() {
    on_each_empty_database(async |program| {
        let problem = program.problem("/v1/status").await;
        assert_eq!(problem["code"], "unavailable");
    })
    .await;
}

#[tokio::test]
async fn a_program_without_a_database_is_alive_but_not_ready() {
    let program = Program::start(AWAY).await;
    assert_eq!(program.get("/livez").await.status(), 200);
    let response = program.get("/readyz").await;
    assert_eq!(response.status(), 503);
    let readiness: serde_json::Value = response.json().await.expect("JSON");
    assert_eq!(readiness["ready"], false);
    assert_eq!(readiness["checks"][0]["name"], "database");
    assert_eq!(readiness["checks"][0]["ready"], false);
}

#[tokio::test]
async fn a_database_without_the_schema_is_not_ready() {
    on_each_empty_database(async |program| {
        let response = program.get("/readyz").await;
        assert_eq!(response.status(), 503);
        let readiness: serde_json::Value = response.json().await.expect("JSON");
        assert_eq!(readiness["checks"][0]["ready"], true);
        let migrations = &readiness["checks"][1];
        assert_eq!(migrations["ready"], false);
        let detail = migrations["detail"].as_str().expect("a detail");
        assert!(detail.starts_with("run `migration up`; pending: m2026"), "{detail}");
    })
    .await;
}

#[tokio::test]
async fn a_migrated_database_is_ready() {
    on_each_database(async |program| {
        let check = |name: &str| json!({"name": name, "ready": true, "detail": null});
        let ready = json!({"ready": true, "checks": [check("database"), check("migrations")]});
        assert_eq!(program.json("/readyz").await, ready);
        let response = program.get("/readyz").await;
        assert_eq!(response.headers()["cache-control"], "no-store");
    })
    .await;
}
