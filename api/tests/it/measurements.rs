//! `GET /v1/measurements`.

use model::Status::{Down, Unknown, Up};
use serde_json::Value;

use crate::{
    builders::{elsewhere, iam, judged, round},
    databases::on_each_database,
    program::Program,
};

/// Slot and service of each item: `18:01 SQS`.
async fn listed(program: &Program, path: &str) -> Vec<String> {
    let list = program.json(path).await;
    let words = |item: &Value| {
        let (slot, service) = (item["slot"].as_str(), item["service"].as_str());
        format!("{} {}", &slot.expect("a slot")[11..16], service.expect("a service"))
    };
    list["items"].as_array().expect("a list").iter().map(words).collect()
}

async fn three_minutes(program: &Program) {
    program.record(round(0, [judged("SQS", Up), judged("S3", Up)])).await;
    program.record(round(1, [judged("SQS", Down), judged("S3", Unknown)])).await;
    program.record(round(2, [judged("SQS", Up), iam(Up)])).await;
}

#[tokio::test]
async fn the_newest_come_first() {
    on_each_database(async |program| {
        three_minutes(program).await;
        insta::assert_json_snapshot!("measurements", program.json("/v1/measurements").await);
    })
    .await;
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    on_each_database(async |program| {
        three_minutes(program).await;
        program.record(elsewhere("eu-west-1", round(2, [judged("EC2", Up)]))).await;
        for (query, expected) in [
            ("region=eu-west-1", &["18:02 EC2"][..]),
            ("region=global", &["18:02 IAM"]),
            ("service=SQS", &["18:02 SQS", "18:01 SQS", "18:00 SQS"]),
            ("status=down", &["18:01 SQS"]),
            ("service=SQS&from=2026-11-19T18:01:00Z&to=2026-11-19T18:02:00Z", &["18:01 SQS"]),
            ("service=SQS&from=2026-11-19T19:02:00%2B01:00", &["18:02 SQS"]),
            ("service=SQS&from=2026-11-19T19:02:00+01:00", &["18:02 SQS"]),
        ] {
            assert_eq!(listed(program, &format!("/v1/measurements?{query}")).await, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_leads_through_the_whole_list_once() {
    on_each_database(async |program| {
        three_minutes(program).await;
        let whole = listed(program, "/v1/measurements").await;
        let mut seen = Vec::new();
        let mut path = "/v1/measurements?limit=2".to_owned();
        loop {
            seen.extend(listed(program, &path).await);
            let page = program.json(&path).await;
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/v1/measurements?limit=2&cursor={next}");
        }
        assert_eq!(seen, whole);
        assert_eq!(seen.len(), 6);
    })
    .await;
}
