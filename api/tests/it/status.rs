//! `GET /v1/status`, and the lists of what is measured.

use model::Status::{Down, Up};
use serde_json::json;

use crate::{
    builders::{application, elsewhere, iam, judged, round},
    databases::on_each_database,
};

#[tokio::test]
async fn how_everything_stands_is_one_list() {
    on_each_database(async |program| {
        program.record(round(28, [judged("SQS", Up), iam(Up)])).await;
        program.record(round(29, [judged("SQS", Down), iam(Up)])).await;
        program.record(round(30, [judged("SQS", Down), application("S3 File Serving", Up)])).await;
        insta::assert_json_snapshot!("status", program.json("/v1/status").await);
    })
    .await;
}

#[tokio::test]
async fn silence_is_not_green() {
    on_each_database(async |program| {
        program.record(round(27, [judged("SQS", Up)])).await;
        let status = &program.json("/v1/status").await["items"][0];
        assert_eq!((&status["status"], &status["cause"]), (&json!("unknown"), &json!("stale")));
        assert_eq!(status["last_known_status"], "up");
        assert_eq!(status["since"], "2026-11-19T18:30:00Z");
        assert_eq!(status["slot"], "2026-11-19T18:27:00Z");
        assert_eq!(status["age_seconds"], 210);
    })
    .await;
}

#[tokio::test]
async fn regions_and_services_are_those_that_were_measured() {
    on_each_database(async |program| {
        let measured = [judged("SQS", Up), application("S3 File Serving", Up), iam(Up)];
        program.record(round(0, measured)).await;
        program.record(elsewhere("eu-west-1", round(0, [judged("API Gateway", Up)]))).await;
        insta::assert_json_snapshot!("regions", program.json("/v1/regions").await);
        insta::assert_json_snapshot!("services", program.json("/v1/services").await);
    })
    .await;
}
