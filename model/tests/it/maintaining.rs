//! Maintenance: late rows, retention, missing parts of tables, and two at once.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    By, Counts, Database, PageRequest, Retention, Selection, Status, Width, Window,
    maintenance::{self, Done},
    measurement, observation,
    round::{self, Recorded, Round},
    uptime::{self, Question},
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait};

use crate::{
    builders::{application, judged, minute, round, seen},
    databases::{TestDatabase, on_each_database},
};

const BUDGET: Duration = Duration::from_secs(60);
const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

async fn maintain(database: &Database, now: DateTime<Utc>) -> Done {
    maintenance::run(database, &Retention::default(), now, BUDGET).await.unwrap()
}

async fn record(database: &Database, round: Round) {
    let recorded = round::record(database, &round, round.slot).await.unwrap();
    assert_eq!(recorded, Recorded::Written);
}

/// What is counted of SQS in these minutes.
async fn counts(database: &Database, from: i64, to: i64) -> Counts {
    let question = Question {
        selection: Selection { service: Some("SQS".into()), ..Selection::default() },
        window: Window { from: minute(from), to: minute(to) },
        by: By::Service,
        width: Some(Width::Day),
    };
    uptime::of(database, &question, minute(1_000 * DAY)).await.unwrap().items[0].total
}

async fn measurements(database: &Database) -> u64 {
    measurement::Entity::find().count(database).await.unwrap()
}

#[tokio::test]
async fn an_hour_is_rolled_up_when_its_last_round_has_had_time_to_come() {
    on_each_database(async |store| {
        record(&store.database, round(0, [judged("SQS", Status::Up)])).await;
        for (n, hours) in [(59, 0), (61, 0), (62, 1), (63, 0)] {
            assert_eq!(maintain(&store.database, minute(n)).await.hours, hours, "minute {n}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_late_round_is_counted_at_once_and_rolled_up_later() {
    on_each_database(async |store| {
        let database = &store.database;
        record(database, round(0, [judged("SQS", Status::Up)])).await;
        maintain(database, minute(3 * DAY)).await;
        record(database, round(7, [judged("SQS", Status::Down)])).await;
        let both = Counts { up: 1, down: 1, expected: DAY, ..Counts::default() };
        assert_eq!(counts(database, 0, DAY).await, both, "before it is rolled up");

        let done = maintain(database, minute(3 * DAY)).await;
        assert_eq!((done.hours, done.days), (1, 1));
        assert_eq!(counts(database, 0, DAY).await, both, "after");
    })
    .await;
}

#[tokio::test]
async fn a_round_before_the_first_one_moves_the_time_from_which_slots_are_expected() {
    on_each_database(async |store| {
        let database = &store.database;
        record(database, round(5, [judged("SQS", Status::Up)])).await;
        assert_eq!(counts(database, 0, 10).await.expected, 5);
        record(database, round(2, [judged("SQS", Status::Up)])).await;
        assert_eq!(counts(database, 0, 10).await.expected, 8);
    })
    .await;
}

#[tokio::test]
async fn a_year_of_silence_is_expected_and_not_green() {
    on_each_database(async |store| {
        let database = &store.database;
        record(database, round(0, [judged("SQS", Status::Up)])).await;
        maintain(database, minute(366 * DAY)).await;
        let counts = counts(database, 0, 365 * DAY).await;
        assert_eq!((counts.up, counts.expected), (1, 365 * DAY));
        assert_eq!(counts.uptime(), Some(1.0));
        assert!(counts.coverage().unwrap() < 0.000_01 && counts.low().unwrap() < 0.000_01);
    })
    .await;
}

#[tokio::test]
async fn retention_leaves_the_rollups_of_what_it_takes() {
    on_each_database(async |store| {
        let (database, now) = (&store.database, Utc::now());
        let long_ago = (now - minute(0) - TimeDelta::days(500)).num_minutes();
        for n in 0..3 {
            let old = round(long_ago + n, [judged("SQS", Status::Up)]);
            record(database, Round { observations: vec![seen("sqs", "send")], ..old }).await;
        }
        record(database, round(0, [judged("SQS", Status::Up)])).await;
        let before = counts(database, long_ago, long_ago + DAY).await;

        let done = maintain(database, now).await;
        assert!(done.finished && (done.parts_dropped > 0 || done.rows_deleted == 3), "{done:?}");
        assert_eq!(measurements(database).await, 1);
        assert_eq!(before.up, 3);
        assert_eq!(counts(database, long_ago, long_ago + DAY).await, before);
        let again = maintain(database, now).await;
        let finished = Done { finished: true, ..Done::default() };
        assert_eq!(again, finished, "there is nothing left to do");
    })
    .await;
}

#[tokio::test]
async fn a_late_round_of_an_hour_that_retention_took_is_added_to_its_rollup() {
    on_each_database(async |store| {
        let (database, now) = (&store.database, Utc::now());
        let long_ago = (now - minute(0) - TimeDelta::days(500)).num_minutes() / HOUR * HOUR;
        record(database, round(long_ago, [judged("SQS", Status::Up)])).await;
        maintain(database, now).await;
        assert_eq!(measurements(database).await, 0);

        record(database, round(long_ago + 9, [judged("SQS", Status::Down)])).await;
        let both = Counts { up: 1, down: 1, expected: HOUR, ..Counts::default() };
        assert_eq!(counts(database, long_ago, long_ago + HOUR).await, both);
        maintain(database, now).await;
        assert_eq!(measurements(database).await, 0);
        assert_eq!(counts(database, long_ago, long_ago + HOUR).await, both);
    })
    .await;
}

#[tokio::test]
async fn observations_and_their_runs_go_after_a_month() {
    on_each_database(async |store| {
        let (database, now) = (&store.database, Utc::now());
        let at = |days: i64| (now - minute(0) - TimeDelta::days(days)).num_minutes();
        for days in [60, 1] {
            let started_at = minute(at(days));
            let seen = vec![observation::Observation { started_at, ..seen("sqs", "send") }];
            let round = round(at(days), [judged("SQS", Status::Up)]);
            record(database, Round { observations: seen, ..round }).await;
        }
        maintain(database, now).await;
        let all = PageRequest { limit: 100, after: None };
        let kept = observation::list(database, &Default::default(), &all).await.unwrap();
        let slots: Vec<_> = kept.items.iter().map(|kept| kept.slot).collect();
        assert_eq!(slots, [Some(minute(at(1)))]);
        assert_eq!(model::run::Entity::find().count(database).await.unwrap(), 1);
        assert_eq!(measurements(database).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_runner_whose_clock_leapt_ahead_takes_no_history_along() {
    on_each_database(async |store| {
        // SQLite has no clock but the runner's own.
        if store.database.get_database_backend() == DbBackend::Sqlite {
            return;
        }
        let now = Utc::now();
        let yesterday = (now - minute(0) - TimeDelta::days(1)).num_minutes();
        record(&store.database, round(yesterday, [judged("SQS", Status::Up)])).await;
        let done = maintain(&store.database, now + TimeDelta::days(3_000)).await;
        assert_eq!((done.parts_dropped, done.rows_deleted), (0, 0));
        assert_eq!(measurements(&store.database).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_slot_of_any_year_is_recorded_although_nobody_made_its_month() {
    on_each_database(async |store| {
        let years = [-20 * 365 * DAY, -400 * DAY, 0, 400 * DAY, 70 * 365 * DAY];
        for n in years {
            let round = round(n, [judged("SQS", Status::Up)]);
            let started_at = minute(n);
            let seen = vec![observation::Observation { started_at, ..seen("sqs", "send") }];
            record(&store.database, Round { observations: seen, ..round }).await;
        }
        assert_eq!(measurements(&store.database).await, 5);
    })
    .await;
}

#[tokio::test]
async fn a_month_that_somebody_dropped_is_made_again() {
    on_each_database(async |store| {
        if store.database.get_database_backend() == DbBackend::Sqlite {
            return;
        }
        maintain(&store.database, minute(0)).await;
        store.meddle("DROP TABLE measurement_p20261101, observation_p20261116").await;
        let lost = Round {
            observations: vec![seen("sqs", "send")],
            ..round(0, [judged("SQS", Status::Up)])
        };
        record(&store.database, lost).await;
        assert_eq!(measurements(&store.database).await, 1);
        observation::record(&store.database, "us-east-1", &[seen("sqs", "send")]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_next_month_is_made_before_it_begins() {
    on_each_database(async |store| {
        if store.database.get_database_backend() == DbBackend::Sqlite {
            return;
        }
        assert_eq!(maintain(&store.database, minute(0)).await.parts_made, 4);
        store.meddle("SELECT 1 FROM measurement_p20261201, observation_p20261123").await;
        assert_eq!(maintain(&store.database, minute(0)).await.parts_made, 0);
    })
    .await;
}

/// Fills two days, an application besides, and returns how many rows that makes.
async fn fill(store: &TestDatabase) -> u64 {
    for n in (0..2 * DAY).step_by(20) {
        let both = [judged("SQS", Status::Up), application("Quotes", Status::Down)];
        record(&store.database, round(n, both)).await;
    }
    u64::try_from(2 * 2 * DAY / 20).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_maintain_while_a_third_records_share_the_work() {
    on_each_database(async |store| {
        fill(store).await;
        let (one, other) = (store.another_pool().await, store.another_pool().await);
        let late = minute(3 * DAY);
        let recording = async {
            for n in (1..2 * DAY).step_by(40) {
                record(&store.database, round(n, [judged("SQS", Status::Up)])).await;
            }
        };
        let (one_did, other_did, ()) =
            tokio::join!(maintain(&one, late), maintain(&other, late), recording);
        assert!(one_did.hours + other_did.hours >= 48, "{one_did:?} {other_did:?}");
        let up = 2 * DAY / 20 + 2 * DAY / 40;
        assert_eq!(counts(&store.database, 0, 2 * DAY).await.up, up, "while some are due");
        maintain(&one, late).await;
        assert_eq!(counts(&store.database, 0, 2 * DAY).await.up, up, "when all is rolled up");
    })
    .await;
}

#[tokio::test]
async fn programs_can_maintain_and_ask_in_tasks_of_their_own() {
    on_each_database(async |store| {
        fill(store).await;
        let (maintaining, asking) = (store.another_pool().await, store.another_pool().await);
        let maintained = tokio::spawn(async move { maintain(&maintaining, minute(3 * DAY)).await });
        let counted = tokio::spawn(async move { counts(&asking, 0, 2 * DAY).await });
        assert!(maintained.await.unwrap().finished);
        assert_eq!(counted.await.unwrap().up, 2 * DAY / 20);
    })
    .await;
}

#[tokio::test]
async fn maintenance_stops_when_its_time_is_up_and_goes_on_the_next_time() {
    on_each_database(async |store| {
        fill(store).await;
        let late = minute(3 * DAY);
        let none = Duration::ZERO;
        let done =
            maintenance::run(&store.database, &Retention::default(), late, none).await.unwrap();
        assert_eq!((done.hours, done.finished), (0, false));
        let done = maintain(&store.database, late).await;
        assert_eq!((done.hours, done.days, done.finished), (48, 3, true));
    })
    .await;
}

#[tokio::test]
async fn what_was_recorded_before_there_were_rollups_is_rolled_up_and_kept() {
    on_each_database(async |store| {
        let rows = fill(store).await;
        let before = counts(&store.database, 0, 2 * DAY).await;
        for _ in 0..2 {
            let since_the_first = migration::status(&store.database).await.unwrap().len() - 1;
            let since_the_first = u32::try_from(since_the_first).unwrap();
            migration::down(&store.database, since_the_first).await.unwrap();
            migration::up(&store.database).await.unwrap();
            assert_eq!(measurements(&store.database).await, rows);
            assert_eq!(counts(&store.database, 0, 2 * DAY).await, before);
            assert_eq!(maintain(&store.database, minute(3 * DAY)).await.hours, 48);
            assert_eq!(counts(&store.database, 0, 2 * DAY).await, before);
        }
    })
    .await;
}
