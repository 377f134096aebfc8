//! The database is away for some rounds: nothing measured is lost, and nothing is there twice.

use std::{fs, time::Duration};

use serde_json::Value;

use crate::{
    databases::{Store, on_postgres, server_of, through},
    process::{Process, eventually},
    program::{Answer, OF_A_REFUSED_ROUND, Program, all_at, minute, trigger, with},
    provider::{self, Reply},
    proxy::{Proxy, Way},
    target::Target,
};

async fn quick() -> Target {
    provider::answering(|_| Reply::new(500, "")).await
}

/// The round was answered with its rows, and waits in the journal.
#[track_caller]
fn assert_journaled(answer: &Answer) {
    let (json, status) = (&answer.json, answer.status);
    let flags = ["recorded", "journaled", "duplicate"].map(|name| &json[name]);
    let away = [&Value::Bool(false), &Value::Bool(true), &Value::Bool(false)];
    assert_eq!((status, flags), (200, away), "{answer:?}");
    assert_eq!(json["observations"].as_array().unwrap().len(), OF_A_REFUSED_ROUND);
    assert_eq!(json["measurements"].as_array().unwrap().len(), 11);
}

#[track_caller]
fn assert_duplicate(answer: &Answer) {
    assert_eq!((answer.status, &answer.json["duplicate"]), (200, &true.into()), "{answer:?}");
}

async fn journal_check(program: &Program) -> Value {
    let checks = program.call("GET", "/readyz").await.json["checks"].clone();
    checks.as_array().unwrap().iter().find(|check| check["name"] == "journal").unwrap().clone()
}

/// The rows of these slots were written in this order, once each, and no round waits.
async fn assert_replayed(store: &Store, minutes: &[i64]) {
    let slots: Vec<_> = minutes.iter().map(|n| minute(*n)).collect();
    assert_eq!(store.slots().await, slots);
    assert_eq!(store.observations().await.len(), OF_A_REFUSED_ROUND * slots.len());
    assert_eq!(store.measurements().await.len(), 11 * slots.len());
    assert_eq!(store.waiting(), 0);
}

#[tokio::test]
async fn rounds_without_tables_are_journaled_and_replayed_in_order_once_there_are_some() {
    let target = quick().await;
    let store = Store::empty().await;
    let program = Program::start(&store, &all_at(&target.url())).await;
    for n in [-4, -2, -3] {
        assert_journaled(&program.trigger(minute(n)).await);
    }
    assert_duplicate(&program.trigger(minute(-2)).await);
    let check = journal_check(&program).await;
    assert_eq!(check["ready"], false);
    assert_eq!(check["detail"], "3 rounds wait");

    migration::up(&store.database).await.unwrap();
    let answer = program.trigger(minute(0)).await;
    assert_eq!(answer.json["recorded"], true, "{answer:?}");
    assert_replayed(&store, &[-4, -3, -2, 0]).await;
    assert_eq!(journal_check(&program).await["ready"], true);
    assert_duplicate(&program.trigger(minute(-3)).await);
    assert_replayed(&store, &[-4, -3, -2, 0]).await;
}

#[tokio::test]
async fn a_round_is_journaled_while_another_program_holds_the_sqlite_file() {
    let target = quick().await;
    let store = Store::new().await;
    let program = Program::start(&store, &all_at(&target.url())).await;
    let writing = store.database.begin_writing().await.unwrap();
    assert_journaled(&program.trigger(minute(-2)).await);
    writing.rollback().await.unwrap();
    eventually(Duration::from_secs(10), async || {
        program.runner.keeper.replay().await.is_ok() && store.waiting() == 0
    })
    .await;
    assert_replayed(&store, &[-2]).await;
}

#[tokio::test]
async fn rounds_that_another_runner_had_recorded_are_not_replayed_twice() {
    let target = quick().await;
    let (store, late) = (Store::new().await, Store::empty().await);
    // Two runners of one region: the database of the second is away for a while.
    let program = Program::start(&late, &all_at(&target.url())).await;
    assert_journaled(&program.trigger(minute(-2)).await);
    let variables = all_at(&target.url());
    let first = Program::start(&store, &variables).await;
    assert_eq!(first.trigger(minute(-2)).await.json["recorded"], true);

    let journal = late.journal().display().to_string();
    let back = Program::start(&store, &with(variables, &[("TM_JOURNAL_DIR", &journal)])).await;
    assert_eq!(back.trigger(minute(-1)).await.json["recorded"], true);
    assert_eq!(late.waiting(), 0);
    assert_replayed(&store, &[-2, -1]).await;
}

#[tokio::test]
async fn waiting_rounds_are_replayed_although_no_trigger_comes() {
    let target = quick().await;
    let store = Store::empty().await;
    let program = Program::start(&store, &all_at(&target.url())).await;
    assert_journaled(&program.trigger(minute(-1)).await);
    migration::up(&store.database).await.unwrap();
    // The program replays when it starts, and every ten seconds.
    let _process = Process::start(&store, &[]);
    eventually(Duration::from_secs(5), async || store.waiting() == 0).await;
    assert_replayed(&store, &[-1]).await;
}

#[tokio::test]
async fn rounds_are_journaled_while_the_database_is_cut_off_and_replayed_when_it_is_back() {
    on_postgres(async |store| {
        let target = quick().await;
        let proxy = Proxy::to(server_of(&store.url)).await.unwrap();
        let url = through(&store.url, proxy.port);
        let variables = with(all_at(&target.url()), &[("DATABASE_URL", &url)]);
        let program = Program::start(store, &variables).await;
        assert_eq!(program.trigger(minute(-4)).await.json["recorded"], true);

        proxy.set(Way::Cut);
        for n in [-3, -2] {
            assert_journaled(&program.trigger(minute(n)).await);
        }
        assert_duplicate(&program.trigger(minute(-2)).await);
        assert_eq!(program.call("GET", "/readyz").await.status, 503);
        assert_eq!(store.slots().await, [minute(-4)]);

        proxy.set(Way::Open);
        let answer = program.trigger(minute(-1)).await;
        assert_eq!(answer.json["recorded"], true, "{answer:?}");
        assert_replayed(store, &[-4, -3, -2, -1]).await;
        assert_eq!(program.call("GET", "/readyz").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn rounds_are_journaled_while_the_database_is_silent() {
    on_postgres(async |store| {
        let target = quick().await;
        let proxy = Proxy::to(server_of(&store.url)).await.unwrap();
        let url = through(&store.url, proxy.port);
        let variables = with(all_at(&target.url()), &[("DATABASE_URL", &url)]);
        let program = Program::start(store, &variables).await;
        assert_eq!(program.trigger(minute(-3)).await.json["recorded"], true);

        proxy.set(Way::Clogged);
        assert_journaled(&program.trigger(minute(-2)).await);
        proxy.set(Way::Open);
        // What the silent database was told may reach it now: it is there once all the same.
        eventually(Duration::from_secs(10), async || {
            program.runner.keeper.replay().await.is_ok() && store.waiting() == 0
        })
        .await;
        assert_replayed(store, &[-3, -2]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_whose_database_is_away_at_its_start_journals_and_replays() {
    on_postgres(async |store| {
        let target = quick().await;
        let proxy = Proxy::to(server_of(&store.url)).await.unwrap();
        proxy.set(Way::Cut);
        let url = through(&store.url, proxy.port);
        let variables = with(all_at(&target.url()), &[("DATABASE_URL", &url)]);
        let process = Process::start(store, &variables);
        assert_journaled(&trigger(process.address, minute(-2)).await);
        proxy.set(Way::Open);
        let answer = trigger(process.address, minute(-1)).await;
        assert_eq!(answer.json["recorded"], true, "{answer:?}");
        assert_replayed(store, &[-2, -1]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_journal_cannot_be_written_either_the_rows_are_in_the_answer_and_in_the_log() {
    let target = quick().await;
    let store = Store::empty().await;
    fs::write(store.journal(), "a file where the folder should be").unwrap();
    let process = Process::start(&store, &all_at(&target.url()));
    let answer = trigger(process.address, minute(0)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json["journaled"], false);
    assert_eq!(answer.json["observations"].as_array().unwrap().len(), OF_A_REFUSED_ROUND);
    let log = process.log();
    let lost = log.lines().find(|line| line.contains("Lost a round")).unwrap();
    for row in ["get_topic", "describe_instance_status", "Lambda Random Shade Generator"] {
        assert!(lost.contains(row), "{row} in {lost}");
    }
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_keeps_no_round_from_a_database_that_is_well() {
    let target = quick().await;
    let store = Store::new().await;
    fs::write(store.journal(), "a file where the folder should be").unwrap();
    let program = Program::start(&store, &all_at(&target.url())).await;
    let answer = program.trigger(minute(0)).await;
    assert_eq!((answer.status, &answer.json["recorded"]), (200, &true.into()), "{answer:?}");
    assert_eq!(journal_check(&program).await["ready"], false);
}

#[tokio::test]
async fn a_probe_that_is_run_by_itself_answers_although_the_database_is_away() {
    let target = quick().await;
    let store = Store::empty().await;
    let program = Program::start(&store, &all_at(&target.url())).await;
    let answer = program.call("POST", "/tasks/sqs").await;
    assert_eq!((answer.status, &answer.json["recorded"]), (200, &false.into()));
    assert_eq!(answer.json["observations"].as_array().unwrap().len(), 4);
}
