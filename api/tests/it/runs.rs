//! `GET /v1/runs`.

use chrono::TimeDelta;
use model::{
    Status::{Down, Up},
    run::{self, Claim, Lease},
};
use serde_json::{Value, json};

use crate::{
    builders::{elsewhere, iam, judged, minute, now, round, seeing, seen},
    databases::on_each_database,
    program::Program,
};

async fn claim(program: &Program, n: i64) {
    let lease = TimeDelta::seconds(90);
    let claimed = run::claim(
        &program.database,
        "us-east-1",
        minute(n),
        Lease { from: minute(n), length: lease },
    )
    .await;
    assert_eq!(claimed.expect("a claim"), Claim::Granted);
}

/// One that is finished, one that its runner left, one that goes on, and one of eu-west-1.
async fn four_runs(program: &Program) {
    program.record(round(27, [judged("SQS", Up), judged("S3", Down), iam(Up)])).await;
    claim(program, 28).await;
    claim(program, 30).await;
    program.record(elsewhere("eu-west-1", round(30, [judged("SQS", Up)]))).await;
}

/// The names of a list's runs.
async fn listed(program: &Program, path: &str) -> Vec<String> {
    let list = program.json(path).await;
    let id = |item: &Value| item["id"].as_str().expect("an id").to_owned();
    list["items"].as_array().expect("items").iter().map(id).collect()
}

#[tokio::test]
async fn the_newest_come_first_with_what_became_of_them() {
    on_each_database(async |program| {
        four_runs(program).await;
        insta::assert_json_snapshot!("runs", program.json("/v1/runs").await);
    })
    .await;
}

#[tokio::test]
async fn a_run_is_read_with_its_measurements() {
    on_each_database(async |program| {
        four_runs(program).await;
        let run = program.json("/v1/runs/us-east-1-20261119T1827Z").await;
        insta::assert_json_snapshot!("run", run);
        let running = program.json("/v1/runs/us-east-1-20261119T1830Z").await;
        assert_eq!((&running["state"], &running["measurements"]), (&json!("running"), &json!([])));
    })
    .await;
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    on_each_database(async |program| {
        four_runs(program).await;
        for (query, expected) in [
            ("region=eu-west-1", &["eu-west-1-20261119T1830Z"][..]),
            ("to=2026-11-19T18:28:00Z", &["us-east-1-20261119T1827Z"]),
            ("region=us-east-1&from=2026-11-19T18:29:00Z", &["us-east-1-20261119T1830Z"]),
            ("from=2026-11-19T18:31:00Z", &[]),
        ] {
            assert_eq!(listed(program, &format!("/v1/runs?{query}")).await, expected, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_leads_through_the_whole_list_once() {
    on_each_database(async |program| {
        four_runs(program).await;
        let whole = listed(program, "/v1/runs").await;
        let mut found = Vec::new();
        let mut path = "/v1/runs?limit=1".to_owned();
        loop {
            found.extend(listed(program, &path).await);
            let page = program.json(&path).await;
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/v1/runs?limit=1&cursor={next}");
        }
        assert_eq!(found, whole);
        assert_eq!(found.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    on_each_database(async |program| {
        four_runs(program).await;
        for (giver, taker) in [
            ("/v1/runs?limit=1", "/v1/measurements"),
            ("/v1/measurements?limit=1", "/v1/runs"),
            ("/v1/runs?limit=1", "/v1/observations"),
        ] {
            let page = program.json(giver).await;
            let cursor = page["next"].as_str().expect("a cursor");
            let problem = program.problem(&format!("{taker}?cursor={cursor}")).await;
            let found = (&problem["status"], &problem["parameter"]);
            assert_eq!(found, (&json!(400), &json!("cursor")), "{giver} at {taker}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_run_is_a_404() {
    on_each_database(async |program| {
        four_runs(program).await;
        for id in [
            "us-east-1-20261119T1829Z",
            "us-east-9-20261119T1827Z",
            "us-east-1-20261119T1827",
            "us-east-1",
            "'%3B%20drop%20table%20run",
            "us%2Feast%2F1-20261119T1827Z",
        ] {
            let paths = [("/v1/runs/", "id"), ("/v1/observations?run=", "run")];
            for (path, parameter) in paths.map(|(path, name)| (format!("{path}{id}"), name)) {
                let problem = program.problem(&path).await;
                let found = (&problem["status"], &problem["code"], &problem["parameter"]);
                assert_eq!(
                    found,
                    (&json!(404), &json!("unknown_run"), &json!(parameter)),
                    "{path}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_malformed_name_is_a_400() {
    on_each_database(async |program| {
        for path in ["/v1/runs/a%00b".to_owned(), format!("/v1/runs/{}", "x".repeat(81))] {
            let problem = program.problem(&path).await;
            assert_eq!((&problem["status"], &problem["parameter"]), (&json!(400), &json!("id")));
        }
        let problem = program.problem("/v1/runs/us-east-1-20261119T1827Z?now=1").await;
        assert_eq!(
            (&problem["code"], &problem["parameter"]),
            (&json!("unknown_parameter"), &json!("now"))
        );
    })
    .await;
}

#[tokio::test]
async fn observations_can_be_asked_for_by_their_run() {
    on_each_database(async |program| {
        program.record(seeing(0, [seen(0, "sqs", "send")])).await;
        program.record(seeing(1, [seen(1, "sqs", "receive")])).await;
        let list = program.json("/v1/observations?run=us-east-1-20261119T1801Z").await;
        let items = list["items"].as_array().expect("items");
        assert_eq!(items.len(), 1, "{list}");
        assert_eq!(
            (&items[0]["step"], &items[0]["slot"]),
            (&json!("receive"), &json!("2026-11-19T18:01:00Z"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_slot_of_a_clock_ahead_is_listed_first() {
    on_each_database(async |program| {
        program.record(round(40, [judged("SQS", Up)])).await;
        program.record(round(30, [judged("SQS", Up)])).await;
        assert!(minute(40) > now());
        let whole = listed(program, "/v1/runs").await;
        assert_eq!(whole, ["us-east-1-20261119T1840Z", "us-east-1-20261119T1830Z"]);
    })
    .await;
}
