//! `GET /v1/status`, and the lists of what is measured.

use model::{
    Status::{Down, Up},
    run::{self, Lease},
};
use serde_json::{Value, json};

use crate::{
    builders::{application, elsewhere, iam, judged, minute, now, round},
    databases::on_each_database,
    program::Program,
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
        assert_eq!(
            (&status["status"], &status["cause"]),
            (&json!("unknown"), &json!("missing_run"))
        );
        assert_eq!(status["last_known_status"], "up");
        assert_eq!(status["since"], "2026-11-19T18:30:00Z");
        assert_eq!(status["slot"], "2026-11-19T18:27:00Z");
        assert_eq!(status["age_seconds"], 210);
    })
    .await;
}

async fn two_regions(program: &Program) {
    let measured = [judged("SQS", Down), judged("S3", Up), application("S3 File Serving", Up)];
    program.record(round(29, measured)).await;
    program.record(round(30, [iam(Up)])).await;
    program.record(elsewhere("eu-west-1", round(28, [judged("SQS", Up)]))).await;
}

#[tokio::test]
async fn a_region_stands_as_the_worst_of_its_services() {
    on_each_database(async |program| {
        two_regions(program).await;
        insta::assert_json_snapshot!("region_status", program.json("/v1/status/us-east-1").await);
        let quiet = program.json("/v1/status/eu-west-1").await;
        assert_eq!((&quiet["status"], &quiet["age_seconds"]), (&json!("up"), &json!(150)));
        assert_eq!(quiet["items"].as_array().map(Vec::len), Some(2), "{quiet}");
        let global = program.json("/v1/status/global").await;
        assert_eq!(global["items"].as_array().map(Vec::len), Some(1), "{global}");
    })
    .await;
}

#[tokio::test]
async fn the_list_can_be_that_of_one_region() {
    on_each_database(async |program| {
        two_regions(program).await;
        for (region, count) in [("us-east-1", 3), ("eu-west-1", 1), ("global", 1)] {
            let list = program.json(&format!("/v1/status?region={region}")).await;
            assert_eq!(list["items"].as_array().map(Vec::len), Some(count), "{list}");
            assert_eq!(list["items"][0]["region"], region);
        }
    })
    .await;
}

#[tokio::test]
async fn a_region_that_nobody_knows_is_a_404() {
    on_each_database(async |program| {
        two_regions(program).await;
        for path in ["/v1/status/us-eats-1", "/v1/status?region=us-eats-1"] {
            let problem = program.problem(path).await;
            let found = (&problem["status"], &problem["near"][0]);
            assert_eq!(found, (&json!(404), &json!("us-east-1")), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_past_moment_is_told_as_it_was() {
    on_each_database(async |program| {
        program.record(round(10, [judged("S3", Up), iam(Up)])).await;
        program.record(round(11, [judged("S3", Down), iam(Up)])).await;
        program.record(round(12, [judged("S3", Up), iam(Up)])).await;
        let at = async |time: &str| {
            program.json(&format!("/v1/status/us-east-1?at=2026-11-19T18:{time}Z")).await
        };
        assert_eq!(at("10:59").await["status"], "up");
        let then = at("11:30").await;
        assert_eq!((&then["status"], &then["age_seconds"]), (&json!("down"), &json!(30)));
        assert_eq!(then["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(at("12:00").await["items"][1]["since"], "2026-11-19T18:12:00Z");
        let silent = at("16:00").await;
        assert_eq!(silent["items"][1]["last_known_status"], "up");
        assert_eq!(at("09:00").await["items"], json!([]));
        let list = program.json("/v1/status?at=2026-11-19T18:11:00Z").await;
        assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
        let future = program.problem("/v1/status?at=2026-11-19T18:31:00Z").await;
        assert_eq!((&future["status"], &future["parameter"]), (&json!(400), &json!("at")));
    })
    .await;
}

#[tokio::test]
async fn of_a_region_whose_first_run_goes_on_nothing_is_known() {
    on_each_database(async |program| {
        let lease = chrono::TimeDelta::seconds(90);
        let claimed = run::claim(
            &program.database,
            "us-east-1",
            minute(30),
            Lease { from: now(), length: lease },
        )
        .await;
        claimed.expect("a claim");
        let status = program.json("/v1/status/us-east-1").await;
        assert_eq!((&status["status"], &status["slot"]), (&json!("unknown"), &Value::Null));
        assert_eq!(program.json("/v1/status?region=us-east-1").await["items"], json!([]));
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
