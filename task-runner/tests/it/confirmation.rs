//! What a failed attempt is followed by, in its round and in the rounds after it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;

use crate::{
    databases::{Store, on_each_database},
    program::{Program, minute, signed_at, status_of, with},
    provider::{self, Reply},
    target::{Target, request},
};

const INVOKED: &str = r##"{"statusCode": 200, "body": "#008080"}"##;

/// The outcomes of one step, in the order of its attempts.
fn attempts(answer: &Value, step: &str) -> Vec<String> {
    let all = answer["observations"].as_array().unwrap().iter();
    let of_step: Vec<&Value> = all.filter(|seen| seen["step"] == step).collect();
    let numbers: Vec<_> = of_step.iter().map(|seen| seen["attempt"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=of_step.len() as u64).collect::<Vec<_>>());
    of_step.iter().map(|seen| seen["outcome"].as_str().unwrap().to_owned()).collect()
}

/// A function that fails when `fails` says so about the number of its call.
async fn function(fails: impl Fn(usize) -> bool + Clone + Send + Sync + 'static) -> Target {
    let calls = Arc::new(AtomicUsize::new(0));
    provider::answering(move |_| match fails(calls.fetch_add(1, Ordering::SeqCst)) {
        true => Reply::refusal(500, "ServiceException"),
        false => Reply::new(200, INVOKED),
    })
    .await
}

fn lambda_at(target: &Target) -> Vec<(&'static str, String)> {
    let nobody = crate::target::nobody();
    let url = target.url();
    with(signed_at(&format!("http://{nobody}")), &[("TM_LAMBDA_ENDPOINT_URL", &url)])
}

#[tokio::test]
async fn what_fails_for_good_is_attempted_three_times_and_down_in_its_first_round() {
    let target = function(|_| true).await;
    let store = Store::new().await;
    let answer = Program::start(&store, &lambda_at(&target)).await.trigger(minute(0)).await.json;
    assert_eq!(attempts(&answer, "invoke"), ["failed", "failed", "failed"]);
    assert_eq!(target.connections(), 3, "each on a connection of its own");
    assert_eq!(status_of(&answer, "Lambda"), "down");
}

#[tokio::test]
async fn a_lost_answer_is_no_outage_and_its_probe_is_asked_more_often_for_three_rounds() {
    on_each_database(async |store| {
        let target = function(|call| call == 0).await;
        let program = Program::start(store, &lambda_at(&target)).await;
        let first = program.trigger(minute(-9)).await.json;
        let attempts_of = |answer: &Value| attempts(answer, "invoke");
        assert_eq!(attempts_of(&first)[..2], ["failed", "succeeded"]);
        assert_eq!(attempts_of(&first).len(), 9, "eight runs, and one attempt that was repeated");
        for (slot, expected) in [(-8, 8), (-7, 8), (-6, 8), (-5, 3)] {
            let answer = program.trigger(minute(slot)).await.json;
            assert_eq!(attempts_of(&answer).len(), expected, "{slot}");
            assert_eq!(status_of(&answer, "Lambda"), "up");
        }
        let stored = store.observations().await;
        let attempts = stored.iter().filter(|row| row.observation.step == "invoke");
        assert_eq!(attempts.count(), 9 + 3 * 8 + 3);
    })
    .await;
}

#[tokio::test]
async fn a_third_of_the_calls_that_fail_is_degraded() {
    let target = function(|call| call % 3 == 1).await;
    let store = Store::new().await;
    let program = Program::start(&store, &lambda_at(&target)).await;
    program.trigger(minute(-2)).await;
    let answer = program.trigger(minute(-1)).await.json;
    assert_eq!(status_of(&answer, "Lambda"), "degraded");
}

#[tokio::test]
async fn another_runner_of_the_region_knows_what_the_first_one_saw() {
    on_each_database(async |store| {
        let target = function(|call| call % 3 == 1).await;
        Program::start(store, &lambda_at(&target)).await.trigger(minute(-2)).await;
        let answer = Program::start(store, &lambda_at(&target)).await.trigger(minute(-1)).await;
        assert_eq!(status_of(&answer.json, "Lambda"), "degraded");
    })
    .await;
}

#[tokio::test]
async fn a_refused_key_is_not_tried_again() {
    let target = provider::answering(|_| Reply::refusal(403, "ExpiredTokenException")).await;
    let store = Store::new().await;
    let answer = Program::start(&store, &lambda_at(&target)).await.trigger(minute(0)).await.json;
    assert_eq!(attempts(&answer, "invoke"), ["failed"]);
    assert_eq!(status_of(&answer, "Lambda"), "unknown");
}

#[tokio::test]
async fn who_hangs_is_given_half_as_long_again_and_the_round_ends_on_time() {
    let target = Target::new(|mut stream| async move {
        request(&mut stream).await;
        std::future::pending().await
    })
    .await;
    let store = Store::new().await;
    let limits = [("TM_STEP_DEADLINE", "0.4"), ("TM_ROUND_DEADLINE", "2")];
    let variables = with(lambda_at(&target), &limits);
    let answer = Program::start(&store, &variables).await.trigger(minute(0)).await.json;
    assert_eq!(attempts(&answer, "invoke"), ["failed", "failed"]);
    let totals: Vec<_> = answer["observations"].as_array().unwrap().iter().collect();
    let totals = totals.iter().filter(|seen| seen["step"] == "invoke");
    let totals: Vec<_> =
        totals.map(|seen| (seen["total_us"].as_i64().unwrap() + 50_000) / 100_000).collect();
    assert_eq!(totals, [4, 2], "tenths of a second");
}

#[tokio::test]
async fn one_probe_by_itself_is_attempted_once() {
    let target = function(|_| true).await;
    let store = Store::new().await;
    let program = Program::start(&store, &lambda_at(&target)).await;
    assert_eq!(program.steps_of("lambda").await, ["invoke: failed http_5xx"]);
    assert_eq!(target.connections(), 1);
}
