//! `GET /v1/incidents`.

use chrono::TimeDelta;
use model::{
    Failure, Outcome,
    Status::{Down, Up},
    measurement::Measurement,
    observation::Observation,
    round::Round,
};
use serde_json::{Value, json};

use crate::{
    builders::{elsewhere, iam, judged, pass, round, seen},
    databases::on_each_database,
    program::Program,
};

/// An outage of S3 that is over, with a failure that was seen, and one of IAM that goes on.
async fn two_incidents(program: &Program) {
    let s3 = Measurement { cause: Some(Failure::Http5xx), ..judged("S3", Down) };
    let failure = Observation {
        outcome: Outcome::Failed,
        failure: Some(Failure::Http5xx),
        services: vec!["S3".into()],
        ..seen(10, "s3", "put_object")
    };
    program.record(Round { observations: vec![failure], ..round(10, [s3]) }).await;
    for n in 11..30 {
        program.record(round(n, [judged("S3", Up)])).await;
    }
    program.record(round(30, [judged("S3", Up), iam(Down)])).await;
}

async fn listed(program: &Program, query: &str) -> Vec<Value> {
    let list = program.json(&format!("/v1/incidents{query}")).await;
    list["incidents"].as_array().expect("incidents").clone()
}

#[tokio::test]
async fn the_newest_come_first() {
    on_each_database(async |program| {
        two_incidents(program).await;
        insta::assert_json_snapshot!("incidents", program.json("/v1/incidents").await);
    })
    .await;
}

#[tokio::test]
async fn an_incident_is_read_with_its_timeline_and_its_evidence() {
    on_each_database(async |program| {
        two_incidents(program).await;
        let id = &listed(program, "?service=S3").await[0]["id"];
        let mut incident = program.json(&format!("/v1/incidents/{id}")).await;
        // PostgreSQL's keys have gaps where a part of the table was missing at first.
        assert!(incident["evidence"][0]["id"].take().is_i64());
        insta::assert_json_snapshot!("incident", incident);
    })
    .await;
}

#[tokio::test]
async fn every_filter_narrows_the_list_and_pages_join() {
    on_each_database(async |program| {
        two_incidents(program).await;
        program.record(elsewhere("eu-west-1", round(30, [judged("S3", Down)]))).await;
        for (query, count) in [
            ("", 3),
            ("?region=us-east-1", 1),
            ("?region=global", 1),
            ("?service=S3", 2),
            ("?open=true", 2),
            ("?open=false", 1),
            ("?from=2026-11-19T18:20:00Z", 2),
            ("?to=2026-11-19T18:20:00Z", 1),
        ] {
            assert_eq!(listed(program, query).await.len(), count, "{query}");
        }
        let first = program.json("/v1/incidents?limit=2").await;
        let next = first["next"].as_str().expect("a cursor");
        assert_eq!(listed(program, &format!("?limit=2&cursor={next}")).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_a_404_and_what_is_no_cursor_a_400() {
    on_each_database(async |program| {
        two_incidents(program).await;
        for (path, status, code) in [
            ("/v1/incidents/999", 404, "unknown_incident"),
            ("/v1/incidents/0", 404, "unknown_incident"),
            ("/v1/incidents?region=us-eats-1", 404, "unknown_region"),
            ("/v1/incidents?cursor=forged", 400, "invalid_parameter"),
            ("/v1/incidents?open=perhaps", 400, "invalid_parameter"),
        ] {
            let problem = program.problem(path).await;
            let found = (&problem["status"], &problem["code"]);
            assert_eq!(found, (&json!(status), &json!(code)), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn two_slots_without_a_run_are_an_incident_although_nobody_records_it() {
    on_each_database(async |program| {
        program.record(round(30, [judged("S3", Up)])).await;
        assert_eq!(listed(program, "").await.len(), 0);
        // 18:33:01: the slots 18:31 and 18:32 are over.
        pass(TimeDelta::seconds(151));
        let list = listed(program, "?open=true&region=us-east-1").await;
        let [missing] = &list[..] else { panic!("{list:?}") };
        assert_eq!((&missing["id"], &missing["cause"]), (&json!(0), &json!("missing_run")));
        assert_eq!((&missing["fault"], &missing["status"]), (&json!("ours"), &json!("unknown")));
        assert_eq!(missing["started_at"], "2026-11-19T18:31:00Z");
        let status = program.json("/v1/status/us-east-1").await;
        let s3 = &status["items"][0];
        assert_eq!((&s3["status"], &s3["cause"]), (&json!("unknown"), &json!("missing_run")));
        assert_eq!(s3["reason"], "nothing was measured since 2026-11-19T18:30:00Z");
        let badge = program.json("/badges/us-east-1/S3.json").await;
        assert_eq!(badge["message"], "unknown");
        pass(-TimeDelta::seconds(151));
    })
    .await;
}
