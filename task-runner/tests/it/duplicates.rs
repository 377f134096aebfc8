//! A slot is run once, however often and wherever it is triggered.

use chrono::TimeDelta;
use futures_util::future::join_all;

use crate::{
    databases::{Store, on_each_database},
    program::{Answer, OF_A_REFUSED_ROUND, Program, all_at, minute, with},
    provider::{self, Reply},
    target::Target,
};

/// A target that fails everything at once.
async fn quick() -> Target {
    provider::answering(|_| Reply::new(500, "")).await
}

/// One of the answers is of the round, and the others are duplicates without rows.
#[track_caller]
fn assert_ran_once(answers: &[Answer]) {
    let (duplicates, ran): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.json["duplicate"] == true);
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(ran.len(), 1, "{answers:?}");
    assert_eq!(ran[0].json["recorded"], true);
    for duplicate in duplicates {
        assert_eq!(duplicate.json["recorded"], false);
        assert_eq!(duplicate.json["observations"].as_array().unwrap().len(), 0);
    }
}

/// The rows of one round are there, each once.
async fn assert_one_round(store: &Store) {
    assert_eq!(store.slots().await, [minute(-1)]);
    assert_eq!(store.observations().await.len(), OF_A_REFUSED_ROUND);
    assert_eq!(store.measurements().await.len(), 11);
}

#[tokio::test]
async fn the_same_trigger_twice_is_one_round() {
    on_each_database(async |store| {
        let target = quick().await;
        let program = Program::start(store, &all_at(&target.url())).await;
        let first = program.trigger(minute(-1)).await;
        assert_eq!(first.json["duplicate"], false);
        let second = program.trigger(minute(-1) + TimeDelta::seconds(59)).await;
        assert_ran_once(&[first, second]);
        assert_one_round(store).await;
    })
    .await;
}

#[tokio::test]
async fn the_same_trigger_many_times_at_the_same_moment_is_one_round() {
    on_each_database(async |store| {
        let target = quick().await;
        let program = Program::start(store, &all_at(&target.url())).await;
        assert_ran_once(&join_all((0..10).map(|_| program.trigger(minute(-1)))).await);
        assert_one_round(store).await;
    })
    .await;
}

#[tokio::test]
async fn the_same_trigger_at_two_runners_of_one_database_is_one_round() {
    on_each_database(async |store| {
        let target = quick().await;
        let one = Program::start(store, &all_at(&target.url())).await;
        let other = Program::start(store, &all_at(&target.url())).await;
        let both = (0..4).flat_map(|_| [&one, &other]);
        assert_ran_once(&join_all(both.map(|program| program.trigger(minute(-1)))).await);
        assert_one_round(store).await;
    })
    .await;
}

#[tokio::test]
async fn a_slot_in_progress_is_answered_at_once() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let variables = with(all_at(&target.url()), &[("TM_ROUND_DEADLINE", "1")]);
    let here = Program::start(&store, &variables).await;
    let elsewhere = Program::start(&store, &variables).await;
    let first = here.trigger(minute(-1));
    let others = async {
        target.reached().await;
        (here.trigger(minute(-1)).await, elsewhere.trigger(minute(-1)).await)
    };
    tokio::pin!(first);
    let (second, third) = tokio::select! {
        answer = &mut first => panic!("the others waited: {answer:?}"),
        others = others => others,
    };
    assert_ran_once(&[first.await, second, third]);
}

#[tokio::test]
async fn a_service_without_regions_is_judged_once_a_slot() {
    on_each_database(async |store| {
        let target = quick().await;
        for region in ["us-east-1", "eu-west-1"] {
            let variables = with(all_at(&target.url()), &[("TM_REGION", region)]);
            let answer = Program::start(store, &variables).await.trigger(minute(-1)).await;
            assert_eq!(answer.json["recorded"], true);
        }
        let rows = store.measurements().await;
        let iam: Vec<_> = rows.iter().filter(|row| row.service == "IAM").collect();
        assert_eq!((iam.len(), iam[0].region.as_str()), (1, "global"));
        assert_eq!(rows.iter().filter(|row| row.service == "SQS").count(), 2);
    })
    .await;
}
