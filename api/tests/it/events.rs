//! `GET /v1/events`: what is heard, in which order, and after a break.

use std::time::Duration;

use model::Status::{Down, Up};
use serde_json::json;
use tokio::{task::JoinSet, time::timeout};

use crate::{
    builders::{elsewhere, iam, judged, round},
    databases::{on_each_database, on_postgres},
    listening::{Ear, Said},
    program::Program,
};

const EVENTS: &str = "/v1/events";

#[tokio::test]
async fn a_round_that_another_program_recorded_is_heard_of() {
    on_each_database(async |program| {
        let recorder = Program::start(&program.database_url).await;
        recorder.record(round(0, [judged("SQS", Up), iam(Up)])).await;
        let mut ear = Ear::open(program, EVENTS).await;
        recorder.record(round(1, [judged("SQS", Down), iam(Up)])).await;
        let said = ear.round().await;
        assert_eq!(said.id, Some(2));
        insta::assert_json_snapshot!("event", said.json());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_hears_every_round_in_order_while_many_regions_record() {
    on_each_database(async |program| {
        let mut ear = Ear::open(program, EVENTS).await;
        let mut runners = JoinSet::new();
        for region in 0..4 {
            let recorder = Program::start(&program.database_url).await;
            runners.spawn(async move {
                for n in 0..10 {
                    let round = round(n, [judged("SQS", if n % 2 == 0 { Up } else { Down })]);
                    recorder.record(elsewhere(&format!("region-{region}"), round)).await;
                }
            });
        }
        assert_eq!(ear.ids(40).await, (1..=40).collect::<Vec<_>>());
        runners.join_all().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_that_comes_back_gets_exactly_what_it_missed() {
    on_each_database(async |program| {
        for n in 0..130 {
            program.record(round(n, [judged("SQS", Up)])).await;
        }
        // What was posted lately is in memory, what was before is in the database alone.
        for seen in [0, 3, 128] {
            let mut ear = Ear::resume(program, EVENTS, seen).await;
            let missed = usize::try_from(130 - seen).expect("a number");
            assert_eq!(ear.ids(missed).await, (seen + 1..=130).collect::<Vec<_>>());
        }
        let mut ear = Ear::resume(program, EVENTS, 130).await;
        program.record(round(130, [judged("SQS", Down)])).await;
        let by_query = format!("{EVENTS}?last_event_id=129");
        let mut late = Ear::open(program, &by_query).await;
        assert_eq!((ear.ids(1).await, late.ids(2).await), (vec![131], vec![130, 131]));
        let mut both = Ear::open_with(program, &by_query, &[("last-event-id", "130")]).await;
        assert_eq!(both.ids(1).await, [131], "the header is newer than the URL");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_missed_too_much_is_told_to_start_anew() {
    on_each_database(async |program| {
        for n in 0..3 {
            program.record(round(n, [judged("SQS", Up)])).await;
        }
        // Of a database that is not this one any more.
        let mut ear = Ear::resume(program, EVENTS, i64::MAX).await;
        let reset = Said { id: Some(3), event: "reset".into(), data: "{}".into(), comment: false };
        assert_eq!(ear.next().await, Some(reset));
        program.record(round(3, [judged("SQS", Up)])).await;
        assert_eq!(ear.ids(1).await, [4]);
    })
    .await;
}

#[tokio::test]
async fn more_than_a_thousand_rounds_are_not_repeated() {
    on_each_database(async |program| {
        for n in 0..1_001 {
            program.record(round(n, [])).await;
        }
        let mut far = Ear::resume(program, EVENTS, 0).await;
        let reset = far.next().await.expect("an event");
        assert_eq!((reset.event.as_str(), reset.id), ("reset", Some(1_001)));
        let mut near = Ear::resume(program, EVENTS, 1).await;
        assert_eq!(near.ids(1_000).await, (2..=1_001).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_last_event_id_that_nobody_gave_out_is_a_400() {
    on_each_database(async |program| {
        for garbage in ["x", "-1", "1.5", "99999999999999999999", "1\u{0}"] {
            let query = [("last_event_id", garbage)];
            let url = reqwest::Url::parse_with_params("http://x", query).expect("a URL");
            let path = format!("{EVENTS}?{}", url.query().expect("a query"));
            let problem = program.problem(&path).await;
            assert_eq!(
                (&problem["status"], &problem["parameter"]),
                (&json!(400), &json!("last_event_id"))
            );
        }
        for garbage in ["x", "-1", "1 2"] {
            let answer = program.get_with(EVENTS, &[("last-event-id", garbage)]).await;
            assert_eq!(answer.status(), 400, "{garbage}");
            let problem: serde_json::Value = answer.json().await.expect("JSON");
            assert_eq!(problem["parameter"], "Last-Event-ID");
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_hears_of_what_it_asked_for() {
    on_each_database(async |program| {
        // 1: a change in the east.
        program.record(round(0, [judged("SQS", Up), judged("EC2", Up)])).await;
        // 2: a change in the west, and IAM's first.
        let west = |n, status| elsewhere("us-west-2", round(n, [judged("SQS", status), iam(Up)]));
        program.record(west(0, Up)).await;
        // 3: the west as it was.
        program.record(west(1, Up)).await;
        // 4: the west changes.
        program.record(west(2, Down)).await;
        // 5: the east without SQS, as it was.
        program.record(round(3, [judged("EC2", Up)])).await;
        // 6: everybody is told.
        let all = [judged("SQS", Down), judged("EC2", Down), iam(Down)];
        program.record(round(4, all)).await;
        for (query, heard) in [
            ("", vec![1, 2, 3, 4, 5, 6]),
            ("region=us-east-1", vec![1, 2, 5, 6]),
            ("region=us-west-2", vec![2, 3, 4, 6]),
            ("region=global", vec![2, 6]),
            ("service=SQS", vec![1, 2, 3, 4, 6]),
            ("service=EC2&region=us-east-1", vec![1, 5, 6]),
            ("changes=true", vec![1, 2, 4, 6]),
            ("changes=true&region=us-east-1", vec![1, 2, 6]),
            ("changes=true&region=us-west-2&service=SQS", vec![2, 4]),
            ("changes=true&service=IAM", vec![2, 6]),
        ] {
            let mut ear = Ear::resume(program, &format!("{EVENTS}?{query}"), 0).await;
            assert_eq!(ear.ids(heard.len()).await, heard, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn names_that_nobody_knows_are_refused() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up)])).await;
        let problem = program.problem("/v1/events?region=us-eats-1").await;
        assert_eq!(
            (&problem["code"], &problem["near"]),
            (&json!("unknown_region"), &json!(["us-east-1"]))
        );
        let problem = program.problem("/v1/events?service=SQQ").await;
        assert_eq!(
            (&problem["code"], &problem["near"]),
            (&json!("unknown_service"), &json!(["SQS"]))
        );
        let problem = program.problem("/v1/events?regoin=us-east-1").await;
        assert_eq!(
            (&problem["code"], &problem["near"]),
            (&json!("unknown_parameter"), &json!(["region"]))
        );
    })
    .await;
}

#[tokio::test]
async fn a_database_that_goes_and_comes_back_costs_no_event() {
    on_postgres(async |program, switch| {
        program.record(round(0, [judged("SQS", Up)])).await;
        let mut ear = Ear::open(program, EVENTS).await;
        program.record(round(1, [judged("SQS", Up)])).await;
        assert_eq!(ear.ids(1).await, [2]);
        switch.cut();
        // A stream that is opened meanwhile waits like the others.
        let mut patient = Ear::resume(program, "/v1/events?region=us-east-1", 1).await;
        let mut early = Ear::open(program, EVENTS).await;
        let silence = timeout(Duration::from_secs(1), ear.read()).await;
        assert!(silence.is_err(), "{silence:?}");
        switch.bring_back();
        let recorder = Program::start(&program.database_url).await;
        recorder.record(round(2, [judged("SQS", Down)])).await;
        recorder.record(round(3, [judged("SQS", Down)])).await;
        assert_eq!(ear.ids(2).await, [3, 4]);
        assert_eq!(patient.ids(3).await, [2, 3, 4]);
        assert_eq!(early.ids(2).await, [3, 4]);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_away_from_the_start_is_waited_for() {
    on_postgres(async |program, switch| {
        program.record(round(0, [judged("SQS", Up)])).await;
        switch.cut();
        let program = Program::start(&program.database_url).await;
        let mut ear = Ear::resume(&program, EVENTS, 0).await;
        switch.bring_back();
        assert_eq!(ear.ids(1).await, [1]);
    })
    .await;
}
