//! `GET /metrics`, as the first dashboard reads it.

use model::Status::{Degraded, Down, Unknown, Up};
use serde_json::json;

use crate::{
    builders::{application, elsewhere, iam, judged, round},
    databases::on_each_database,
};

#[tokio::test]
async fn the_shape_is_the_first_dashboards() {
    on_each_database(async |program| {
        program.record(round(-30, [judged("SQS", Up), iam(Up)])).await;
        program.record(round(0, [judged("SQS", Up), iam(Down)])).await;
        program.record(round(1, [judged("SQS", Down), judged("S3", Degraded)])).await;
        insta::assert_json_snapshot!("metrics", program.json("/metrics?region=us-east-1").await);
    })
    .await;
}

#[tokio::test]
async fn minutes_are_the_slots_themselves() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up)])).await;
        program.record(round(2, [judged("SQS", Down)])).await;
        let metrics = program.json("/metrics?region=us-east-1&groupby=minute").await;
        let bucket = |minute: &str, up: i64, down: i64| {
            let timestamp = format!("2026-11-19T18:{minute}:00+00:00");
            json!({"timestamp": timestamp, "region": "us-east-1", "up": up, "down": down})
        };
        assert_eq!(metrics["series"]["SQS"], json!([bucket("00", 1, 0), bucket("02", 0, 1)]));
    })
    .await;
}

#[tokio::test]
async fn unknown_is_neither_up_nor_down() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Unknown)])).await;
        let metrics = program.json("/metrics?region=us-east-1").await;
        assert_eq!(metrics, json!({"summary": [{"all": {"up": 0, "down": 0}}], "series": {}}));
    })
    .await;
}

#[tokio::test]
async fn applications_are_left_out_unless_they_are_asked_for() {
    on_each_database(async |program| {
        program.record(round(0, [judged("S3", Up), application("S3 File Serving", Up)])).await;
        let without = program.json("/metrics?region=us-east-1").await;
        let with = program.json("/metrics?region=us-east-1&exclude_apps=false").await;
        assert_eq!(without["summary"][0]["all"]["up"], 1);
        assert_eq!(with["summary"][0]["S3 File Serving"]["up"], 1);
        assert_eq!(with["summary"][0]["all"]["up"], 2);
    })
    .await;
}

#[tokio::test]
async fn a_global_service_counts_in_every_region() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up), iam(Up)])).await;
        program.record(elsewhere("eu-west-1", round(0, [judged("SQS", Up), iam(Up)]))).await;
        for region in ["us-east-1", "eu-west-1"] {
            let metrics = program.json(&format!("/metrics?region={region}")).await;
            assert_eq!(metrics["summary"][0]["IAM"], json!({"up": 1, "down": 0}), "{region}");
            assert_eq!(metrics["series"]["IAM"][0]["region"], region);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_older_than_a_day_is_gone() {
    on_each_database(async |program| {
        program.record(round(30 - 24 * 60, [judged("SQS", Up)])).await;
        program.record(round(31 - 24 * 60, [judged("SQS", Up)])).await;
        let metrics = program.json("/metrics?region=us-east-1").await;
        assert_eq!(metrics["summary"][0]["all"]["up"], 1);
    })
    .await;
}

#[tokio::test]
async fn shared_caches_may_keep_it_for_five_seconds() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up)])).await;
        for path in ["/metrics?region=us-east-1", "/overview", "/v1/status"] {
            let response = program.get(path).await;
            assert_eq!(response.headers()["cache-control"], "public, max-age=5, s-maxage=5");
        }
    })
    .await;
}

#[tokio::test]
async fn a_cache_buster_is_ignored_as_ever() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up)])).await;
        program.json("/metrics?region=us-east-1&_=1795111440").await;
    })
    .await;
}
