//! Stored rounds judged again by the present rule, on both databases.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Failure, Outcome, PageRequest, Status, Window, current_status, incident,
    observation::{Observation, Phases},
    round::{self, Round},
    selection::{By, Selection},
    uptime,
};
use task_runner::judging::{self, Correction, Judged, Span};
use verdict::PROBES;

use crate::{
    databases::{Store, on_each_database},
    process::command,
    program::minute,
};

const REGION: &str = "us-east-1";

/// What the direct calls of IAM saw in one slot, judged wrongly.
fn round(n: i64, failure: Option<Failure>, judged: Status) -> Round {
    let iam = PROBES.iter().find(|probe| probe.name == "iam").unwrap();
    let attempt = |attempt| Observation {
        probe: iam.name.into(),
        step: iam.steps[0].name.into(),
        services: vec!["IAM".into()],
        attempt,
        started_at: minute(n),
        outcome: if failure.is_some() { Outcome::Failed } else { Outcome::Succeeded },
        failure,
        phase: None,
        http_status: Some(if failure.is_some() { 500 } else { 200 }),
        request_id: None,
        phases: Phases { connect_us: Some(300), ..Phases::default() },
        total_us: Some(2_000),
        detail: None,
    };
    let mut verdicts = vec![model::measurement::Measurement {
        service: "IAM".into(),
        kind: model::service::Kind::Service,
        global: true,
        status: judged,
        latency_us: None,
        cause: None,
        explanation: None,
    }];
    verdicts.truncate(1);
    Round {
        region: REGION.into(),
        slot: minute(n),
        started_at: minute(n),
        duration_us: 1_000,
        observations: vec![attempt(1), attempt(2)],
        measurements: verdicts,
    }
}

async fn record(store: &Store, round: &Round) {
    round::record(&store.database, round, Utc::now()).await.unwrap();
}

/// An outage of minutes -3 and -2 that was judged up, and an hour of health before it.
async fn wrongly_judged(store: &Store) {
    for n in -6..=-4 {
        record(store, &round(n, None, Status::Up)).await;
    }
    for n in [-3, -2] {
        record(store, &round(n, Some(Failure::Http5xx), Status::Up)).await;
    }
}

async fn judge(store: &Store, dry_run: bool) -> (Judged, Vec<Correction>) {
    judge_in(store, REGION, dry_run).await
}

async fn judge_in(store: &Store, region: &str, dry_run: bool) -> (Judged, Vec<Correction>) {
    let span = Span { from: minute(-5), to: minute(0), region: None, dry_run };
    let mut corrections = Vec::new();
    let keep = |correction: &Correction| corrections.push(correction.clone());
    let judged = judging::judge(&store.database, region, &span, keep).await.unwrap();
    assert_eq!(judged.corrections, corrections.len());
    (judged, corrections)
}

async fn statuses(store: &Store) -> Vec<(DateTime<Utc>, Status)> {
    let mut rows: Vec<_> =
        store.measurements().await.iter().map(|row| (row.slot, row.status)).collect();
    rows.sort_by_key(|(slot, _)| *slot);
    rows
}

#[tokio::test]
async fn a_newer_rule_puts_measurements_and_the_current_status_right() {
    on_each_database(async |store| {
        wrongly_judged(store).await;
        let (judged, corrections) = judge(store, false).await;
        assert_eq!(judged.rounds, 4, "minutes -5 to -2");
        let down = corrections.iter().filter(|c| c.change.after == Status::Down);
        assert_eq!(down.count(), 2);
        let at = |n| minute(n);
        let expected = [
            (at(-6), Status::Up),
            (at(-5), Status::Up),
            (at(-4), Status::Up),
            (at(-3), Status::Down),
            (at(-2), Status::Down),
        ];
        assert_eq!(statuses(store).await, expected);
        let now = current_status::all(&store.database).await.unwrap();
        let [now] = now.as_slice() else { panic!("{now:?}") };
        assert_eq!((now.status, now.since, now.slot), (Status::Down, at(-3), at(-2)));
        assert_eq!(judge(store, false).await.1, [], "a second time changes nothing");
    })
    .await;
}

#[tokio::test]
async fn history_that_was_rolled_up_follows() {
    on_each_database(async |store| {
        wrongly_judged(store).await;
        let later = Utc::now() + TimeDelta::hours(2);
        let kept = model::Retention::default();
        let roll_up = async || {
            let budget = std::time::Duration::from_secs(5);
            model::maintenance::run(&store.database, &kept, later, budget).await.unwrap();
        };
        let up = async || {
            let window = Window { from: minute(-10), to: minute(0) };
            let selection = Selection { with_global: true, ..Selection::default() };
            let question = uptime::Question {
                window,
                width: Some(model::Width::Day),
                by: By::Service,
                selection,
            };
            let answer = uptime::of(&store.database, &question, later).await.unwrap();
            answer.items[0].total.up
        };
        roll_up().await;
        assert_eq!(up().await, 5);
        judge(store, false).await;
        assert_eq!(up().await, 3, "read from the rows while the hour is due");
        roll_up().await;
        assert_eq!(up().await, 3);
    })
    .await;
}

#[tokio::test]
async fn incidents_and_explanations_follow() {
    on_each_database(async |store| {
        wrongly_judged(store).await;
        record(store, &round(-1, None, Status::Up)).await;
        let everything = incident::Filter::default();
        let page = PageRequest { limit: 10, after: None };
        let incidents =
            async || incident::list(&store.database, &everything, &page).await.unwrap().items;
        assert_eq!(incidents().await, [], "all of it was judged up");
        judge(store, false).await;
        let found = incidents().await;
        let [incident] = &found[..] else { panic!("{found:?}") };
        assert_eq!((incident.started_at, incident.slots), (minute(-3), 2));
        assert_eq!(
            (&*incident.region, &*incident.reason),
            ("global", "IAM: every attempt fails: the answer is a 5xx")
        );
        let reason = async |n| {
            let then = current_status::as_of(&store.database, minute(n), None).await.unwrap();
            then[0].reason.clone()
        };
        assert_eq!(reason(-4).await.as_deref(), Some("it works"));
        assert_eq!(reason(-2).await.as_deref(), Some("every attempt fails: the answer is a 5xx"));
        judge(store, false).await;
        assert_eq!(incidents().await, found, "a second time changes nothing");
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    on_each_database(async |store| {
        wrongly_judged(store).await;
        let before = statuses(store).await;
        let dry = judge(store, true).await;
        assert_eq!(statuses(store).await, before);
        let wet = judge(store, false).await;
        assert_eq!(dry, wet);
    })
    .await;
}

#[tokio::test]
async fn rounds_that_arrive_meanwhile_are_not_harmed() {
    on_each_database(async |store| {
        wrongly_judged(store).await;
        let newest = round(-1, None, Status::Up);
        let arriving = record(store, &newest);
        let judging = async {
            for _ in 0..3 {
                judge(store, false).await;
            }
        };
        tokio::join!(arriving, judging);
        let now = current_status::all(&store.database).await.unwrap();
        assert_eq!(
            (now[0].status, now[0].since, now[0].slot),
            (Status::Up, minute(-1), minute(-1))
        );
        assert_eq!(statuses(store).await[3].1, Status::Down);
    })
    .await;
}

#[tokio::test]
async fn a_global_service_is_left_to_the_region_that_judged_it() {
    on_each_database(async |store| {
        record(store, &round(-2, None, Status::Up)).await;
        let other =
            Round { region: "eu-west-1".into(), ..round(-2, Some(Failure::Http5xx), Status::Up) };
        record(store, &other).await;
        assert_eq!(judge_in(store, "eu-west-1", false).await.1, []);
        assert_eq!(statuses(store).await, [(minute(-2), Status::Up)]);
    })
    .await;
}

#[tokio::test]
async fn the_command_prints_what_it_changes() {
    let store = Store::new().await;
    wrongly_judged(&store).await;
    let run = |from: DateTime<Utc>, to: DateTime<Utc>| {
        let mut command = command();
        command.env("DATABASE_URL", &store.url).env("TM_REGION", REGION);
        command.args([
            "judge",
            "--dry-run",
            "--from",
            &from.to_rfc3339(),
            "--to",
            &to.to_rfc3339(),
        ]);
        command.output().unwrap()
    };
    let done = run(minute(-5), minute(0));
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{text}");
    assert!(text.contains("IAM: up -> down: every attempt fails: the answer is a 5xx"), "{text}");
    assert!(text.contains("measurements would change"), "{text}");
    assert_eq!(run(minute(0), minute(-5)).status.code(), Some(2));
}
