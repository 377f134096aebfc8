//! The process ends, by a signal or by a crash, and what becomes of its round.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use model::{Failure, Outcome};

use crate::{
    databases::{Store, on_postgres, server_of, through},
    process::{Process, eventually},
    program::{all_at, minute, trigger, with},
    provider::{self, Reply},
    proxy::{Proxy, Way},
    target::Target,
};

/// What a container platform gives.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_between_rounds_ends_it_at_once() {
    let store = Store::new().await;
    let mut process = Process::start(&store, &[]);
    process.terminate();
    assert_eq!(process.wait(Duration::from_secs(3)), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_in_mid_round_records_it_as_far_as_it_went() {
    let store = Store::new().await;
    let target = Target::hanging().await;
    let quick = provider::answering(|_| Reply::new(500, "")).await;
    let variables = with(
        all_at(&target.url()),
        &[("TM_BEZZOS_QUOTES_URL", &quick.url()), ("TM_STEP_DEADLINE", "30")],
    );
    let mut process = Process::start(&store, &variables);
    let round = tokio::spawn(trigger(process.address, minute(0)));
    quick.reached().await;
    target.reached().await;
    process.terminate();
    let signalled = Instant::now();
    let answer = round.await.unwrap();
    assert_eq!((answer.status, &answer.json["recorded"]), (200, &true.into()));
    assert_eq!(process.wait(GRACE), Some(0));
    assert!(signalled.elapsed() < GRACE);

    let rows = store.observations().await;
    let steps = rows.iter().map(|row| (&row.observation.probe, &row.observation.step));
    assert_eq!(steps.collect::<BTreeSet<_>>().len(), 17, "every step, as far as it came");
    for row in rows.iter().map(|row| &row.observation) {
        let failure = match row.probe.as_ref() {
            "quotes" => Failure::Http5xx,
            _ => Failure::Local,
        };
        assert_eq!((row.outcome, row.failure), (Outcome::Failed, Some(failure)), "{row:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_while_the_database_is_silent_journals_the_round_in_time() {
    on_postgres(async |store| {
        let target = Target::hanging().await;
        let proxy = Proxy::to(server_of(&store.url)).await.unwrap();
        let url = through(&store.url, proxy.port);
        let variables =
            with(all_at(&target.url()), &[("DATABASE_URL", &url), ("TM_STEP_DEADLINE", "30")]);
        let mut process = Process::start(store, &variables);
        let round = tokio::spawn(trigger(process.address, minute(0)));
        target.reached().await;
        proxy.set(Way::Clogged);
        process.terminate();
        let answer = round.await.unwrap();
        assert_eq!((answer.status, &answer.json["journaled"]), (200, &true.into()));
        assert_eq!(process.wait(GRACE), Some(0));
        assert_eq!(store.waiting(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_was_killed_in_mid_round_leaves_nothing_half_written_and_frees_its_slot() {
    kill_in_mid_round(&Store::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_was_killed_frees_its_slot_on_postgresql_too() {
    on_postgres(kill_in_mid_round).await;
}

async fn kill_in_mid_round(store: &Store) {
    let target = Target::hanging().await;
    let deadline = ("TM_ROUND_DEADLINE", "1");
    let process = Process::start(store, &with(all_at(&target.url()), &[deadline]));
    let address = process.address;
    let round = tokio::spawn(async move {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let slot = minute(-1).to_rfc3339();
        let request = client.post(format!("http://{address}/tasks"));
        request.header("X-CloudScheduler-ScheduleTime", slot).send().await
    });
    target.reached().await;
    process.kill();
    let killed = Instant::now();
    assert!(round.await.unwrap().is_err());
    assert!(store.observations().await.is_empty() && store.measurements().await.is_empty());

    let quick = provider::answering(|_| Reply::new(500, "")).await;
    let process = Process::start(store, &with(all_at(&quick.url()), &[deadline]));
    let next = trigger(process.address, minute(0)).await;
    assert_eq!((&next.json["duplicate"], &next.json["recorded"]), (&false.into(), &true.into()));
    assert_eq!(store.slots().await, [minute(0)]);

    // Its lease: the deadline, and 5 s beyond it.
    eventually(GRACE, async || {
        trigger(process.address, minute(-1)).await.json["duplicate"] == false
    })
    .await;
    assert!(killed.elapsed() > Duration::from_secs(4), "{:?}", killed.elapsed());
    assert_eq!(store.slots().await, [minute(0), minute(-1)]);
    let rows = store.observations().await;
    for slot in [minute(0), minute(-1)] {
        let steps = rows.iter().filter(|row| row.slot == Some(slot)).map(|row| &row.observation);
        let steps: BTreeSet<_> = steps.map(|seen| (&seen.probe, &seen.step)).collect();
        assert_eq!(steps.len(), 17, "every step of {slot}");
    }
    assert_eq!(trigger(process.address, minute(-1)).await.json["duplicate"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_whose_client_hung_up_is_recorded_before_the_end() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let variables = with(all_at(&target.url()), &[("TM_ROUND_DEADLINE", "1")]);
    let mut process = Process::start(&store, &variables);
    let round = tokio::spawn(trigger(process.address, minute(0)));
    target.reached().await;
    round.abort();
    process.terminate();
    assert_eq!(process.wait(GRACE), Some(0));
    assert_eq!(store.slots().await, [minute(0)]);
}
