//! `GET /v1/observations`.

use model::Failure;
use serde_json::Value;

use crate::{
    builders::{failed, seeing, seen},
    databases::on_each_database,
    program::Program,
};

/// Probe and step of each item: `sqs send`.
async fn listed(program: &Program, path: &str) -> Vec<String> {
    let list = program.json(path).await;
    let words = |item: &Value| {
        let (probe, step) = (item["probe"].as_str(), item["step"].as_str());
        format!("{} {}", probe.expect("a probe"), step.expect("a step"))
    };
    list["items"].as_array().expect("a list").iter().map(words).collect()
}

async fn two_minutes(program: &Program) {
    program.record(seeing(0, [seen(0, "sqs", "send"), seen(0, "voting_game", "post_vote")])).await;
    program.record(seeing(1, [failed(seen(1, "sqs", "send"), Failure::Timeout)])).await;
}

/// PostgreSQL counts a row that was refused, for want of its part, as well.
fn count_ids_from_one(list: &mut serde_json::Value) {
    let oldest = list["items"].as_array().and_then(|items| items.last()?["id"].as_i64());
    let before = oldest.unwrap_or(0) - 1;
    for item in list["items"].as_array_mut().into_iter().flatten() {
        item["id"] = (item["id"].as_i64().unwrap_or(0) - before).into();
    }
}

#[tokio::test]
async fn the_newest_come_first() {
    on_each_database(async |program| {
        two_minutes(program).await;
        let mut list = program.json("/v1/observations").await;
        count_ids_from_one(&mut list);
        insta::assert_json_snapshot!("observations", list);
    })
    .await;
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    on_each_database(async |program| {
        two_minutes(program).await;
        for (query, expected) in [
            ("probe=voting_game", &["voting_game post_vote"][..]),
            ("probe=sqs&outcome=failed", &["sqs send"]),
            ("from=2026-11-19T18:01:00Z", &["sqs send"]),
            ("to=2026-11-19T18:01:00Z&probe=sqs", &["sqs send"]),
            ("outcome=skipped", &[]),
            ("probe=nobody", &[]),
        ] {
            assert_eq!(listed(program, &format!("/v1/observations?{query}")).await, expected);
        }
        assert_eq!(listed(program, "/v1/observations?service=SQS&region=us-east-1").await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_cursor_leads_through_the_whole_list_once() {
    on_each_database(async |program| {
        two_minutes(program).await;
        let whole = listed(program, "/v1/observations").await;
        let first = program.json("/v1/observations?limit=2").await;
        let next = first["next"].as_str().expect("a cursor");
        let rest = listed(program, &format!("/v1/observations?limit=2&cursor={next}")).await;
        assert_eq!(rest, whole[2..]);
    })
    .await;
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    on_each_database(async |program| {
        two_minutes(program).await;
        let page = program.json("/v1/observations?limit=1").await;
        let cursor = page["next"].as_str().expect("a cursor");
        let problem = program.problem(&format!("/v1/measurements?cursor={cursor}")).await;
        assert_eq!((&problem["status"], &problem["parameter"]), (&400.into(), &"cursor".into()));
    })
    .await;
}
