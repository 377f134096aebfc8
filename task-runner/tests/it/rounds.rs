//! Whole rounds: they end on time, and are kept although nobody waits for them.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use model::{
    Failure, Outcome, Phase, Status,
    measurement::Measurement,
    round::{self, Round},
    service::Kind,
    slot,
};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    certificates::Authority,
    databases::{Store, on_each_database},
    process::eventually,
    program::{Program, all_at, minute, status_of, steps, with},
    provider::{self, Reply},
    target::Target,
};

#[tokio::test]
async fn when_every_target_hangs_the_round_ends_at_its_deadline() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let variables = with(all_at(&target.url()), &[("TM_ROUND_DEADLINE", "1")]);
    let answer = Program::start(&store, &variables).await.trigger(minute(0)).await;
    assert_eq!(answer.status, 200);
    let duration_us = answer.json["duration_us"].as_i64().unwrap();
    // The clock of the deadline starts with the trigger, that of the duration with the probes.
    assert!((900_000..1_500_000).contains(&duration_us), "{duration_us} us");

    let rows = store.observations().await;
    let tried: Vec<_> =
        rows.iter().map(|row| &row.observation).filter(|seen| seen.total_us.is_some()).collect();
    assert_eq!(tried.len(), 9, "the first step of each probe");
    for seen in &tried {
        let how = (seen.outcome, seen.failure, seen.phase);
        let timeout = (Outcome::Failed, Some(Failure::Timeout), Some(Phase::Processing));
        assert_eq!(how, timeout, "{seen:?}");
        assert!(seen.phases.connect_us.is_some() && seen.phases.processing_us.is_none());
    }
    let others = rows.iter().filter(|row| row.observation.total_us.is_none());
    assert!(others.clone().count() > 0);
    assert!(others.clone().all(|row| row.observation.outcome == Outcome::Skipped));
    assert_eq!(status_of(&answer.json, "DynamoDB"), "down");
}

#[tokio::test]
async fn when_every_handshake_hangs_the_rows_say_so() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let url = format!("https://{}/", target.address);
    let variables = with(all_at(&url), &[("TM_ROUND_DEADLINE", "0.5")]);
    let program = Program::trusting(&store, &variables, Authority::new().trust()).await;
    let answer = program.trigger(minute(0)).await;
    let steps = steps(&answer.json);
    let hung = steps.iter().filter(|step| step.ends_with("failed timeout in tls")).count();
    assert_eq!(hung, 9, "{steps:?}");
}

#[tokio::test]
async fn a_round_is_followed_by_maintenance() {
    on_each_database(async |store| {
        let old = Utc::now() - TimeDelta::days(500);
        let judged = Measurement {
            service: "SQS".into(),
            kind: Kind::Service,
            global: false,
            status: Status::Up,
            latency_us: None,
            cause: None,
            explanation: None,
        };
        let round = Round {
            region: "us-east-1".into(),
            slot: slot::containing(old),
            started_at: old,
            duration_us: 1,
            observations: Vec::new(),
            measurements: vec![judged],
        };
        round::record(&store.database, &round, old).await.unwrap();
        let target = Target::hanging().await;
        let variables = with(all_at(&target.url()), &[("TM_ROUND_DEADLINE", "0.2")]);
        Program::start(store, &variables).await.trigger(minute(0)).await;
        let is_kept = async || store.measurements().await.iter().any(|row| row.slot == round.slot);
        eventually(Duration::from_secs(10), async || !is_kept().await).await;
    })
    .await;
}

#[tokio::test]
async fn a_step_ends_at_its_own_deadline_although_the_round_has_time() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let variables = with(all_at(&target.url()), &[("TM_STEP_DEADLINE", "0.3")]);
    let answer = Program::start(&store, &variables).await.trigger(minute(0)).await;
    let duration_us = answer.json["duration_us"].as_i64().unwrap();
    assert!((300_000..1_300_000).contains(&duration_us), "{duration_us} us");
}

#[tokio::test]
async fn a_target_that_answers_with_binary_does_not_keep_a_round_from_being_recorded() {
    on_each_database(async |store| {
        let target = provider::answering(|_| Reply::new(503, "\0\u{1}\u{7f}PNG")).await;
        let program = Program::start(store, &all_at(&target.url())).await;
        let answer = program.trigger(minute(0)).await;
        assert_eq!(answer.json["recorded"], true, "{:?}", answer.json);
        assert_eq!(store.measurements().await.len(), 11);
    })
    .await;
}

#[tokio::test]
async fn a_round_says_what_it_judged_and_stores_the_same() {
    on_each_database(async |store| {
        let target = provider::answering(|_| Reply::new(500, "")).await;
        let program = Program::start(store, &all_at(&target.url())).await;
        let answer = program.trigger(minute(-3)).await.json;
        let slot = minute(-3).format("%Y%m%dT%H%MZ").to_string();
        assert_eq!(answer["id"], format!("us-east-1-{slot}"));
        let stored = store.measurements().await;
        assert_eq!(stored.len(), answer["measurements"].as_array().unwrap().len());
        assert!(stored.iter().all(|row| row.slot == minute(-3) && row.status != Status::Up));
        let seen = store.observations().await;
        assert_eq!(seen.len(), answer["observations"].as_array().unwrap().len());
    })
    .await;
}

#[tokio::test]
async fn a_client_that_hangs_up_in_mid_round_does_not_lose_the_round() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let variables = with(all_at(&target.url()), &[("TM_ROUND_DEADLINE", "0.5")]);
    let program = Program::start(&store, &variables).await;
    let mut client = TcpStream::connect(program.address).await.unwrap();
    client
        .write_all(b"POST /tasks HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap();
    target.reached().await;
    drop(client);
    eventually(Duration::from_secs(10), async || !store.measurements().await.is_empty()).await;
    let metrics = crate::program::request(program.address, "GET", "/prometheus");
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("rounds_total{kept=\"recorded\"} 1"), "{metrics}");
}

#[tokio::test]
async fn one_probe_by_itself_is_evidence_without_a_measurement() {
    on_each_database(async |store| {
        let target = provider::answering(|_| Reply::new(500, "")).await;
        let program = Program::start(store, &all_at(&target.url())).await;
        let answer = program.call("POST", "/tasks/dynamodb").await;
        assert_eq!((answer.status, &answer.json["recorded"]), (200, &true.into()));
        let rows = store.observations().await;
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.slot.is_none()));
        assert!(store.measurements().await.is_empty());

        let answer = program.call("POST", "/tasks/dynamodb?record=false").await;
        assert_eq!((answer.status, &answer.json["recorded"]), (200, &false.into()));
        assert_eq!(answer.json["observations"].as_array().unwrap().len(), 3);
        assert_eq!(store.observations().await.len(), 3);
    })
    .await;
}
