//! Packing the index of a month that is over, on PostgreSQL: once, and in nobody's way.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Database, Retention, Status,
    maintenance::{self, Done},
    measurement,
    round::{self, Recorded, Round},
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, Statement};

use crate::{
    builders::{judged, round},
    databases::{TestDatabase, on_empty_postgres},
};

/// When November may be packed.
fn december() -> DateTime<Utc> {
    "2026-12-02T00:00:00Z".parse().unwrap()
}

async fn maintain(database: &Database, now: DateTime<Utc>) -> Done {
    let minute = Duration::from_secs(60);
    maintenance::run(database, &Retention::default(), now, minute).await.unwrap()
}

/// A November that is worth packing.
async fn with_a_november(test: impl AsyncFn(&TestDatabase)) {
    on_empty_postgres(async |store, _| {
        migration::up(&store.database).await.unwrap();
        record(&store.database, round(0, [judged("SQS", Status::Up)])).await;
        store
            .meddle(
                "INSERT INTO measurement SELECT minute, 9, region, 1, 0, NULL
                FROM generate_series('2026-11-02Z'::timestamptz, '2026-11-12Z', '1 min') AS minute,
                    generate_series(2, 5) AS region
                ORDER BY minute, random();
                ANALYZE measurement",
            )
            .await;
        test(store).await;
    })
    .await;
}

async fn record(database: &Database, round: Round) {
    let recorded = round::record(database, &round, round.slot).await.unwrap();
    assert_eq!(recorded, Recorded::Written);
}

async fn rows(store: &TestDatabase) -> u64 {
    measurement::Entity::find().count(&store.database).await.unwrap()
}

/// The number that a question is answered with.
async fn number(store: &TestDatabase, question: &str) -> i64 {
    let question = Statement::from_string(DbBackend::Postgres, question);
    let row = store.database.query_one_raw(question).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

const PACKING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'REINDEX%' AND wait_event_type = 'Lock'";

const INVALID: &str = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";

/// A transaction that began before the packing, which has to wait for it; and the packing.
async fn while_packing_waits(store: &TestDatabase, meanwhile: impl AsyncFnOnce()) -> Done {
    let old = store.another_pool().await.begin_writing().await.unwrap();
    old.execute_unprepared("SELECT count(*) FROM measurement").await.unwrap();
    let pool = store.another_pool().await;
    let packing = tokio::spawn(async move { maintain(&pool, december()).await });
    while number(store, PACKING).await == 0 {
        assert!(!packing.is_finished(), "nothing was packed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    meanwhile().await;
    old.rollback().await.unwrap();
    packing.await.unwrap()
}

#[tokio::test]
async fn the_index_of_a_month_that_is_over_is_packed_once() {
    with_a_november(async |store| {
        let (database, before) = (&store.database, rows(store).await);
        let too_early = december() - TimeDelta::days(1);
        assert_eq!(maintain(database, too_early).await.parts_packed, 0, "too early");
        assert_eq!(maintain(database, december()).await.parts_packed, 1);
        assert_eq!(maintain(database, december()).await.parts_packed, 0, "once");
        assert_eq!(rows(store).await, before);
        record(database, round(1, [judged("SQS", Status::Up)])).await;
    })
    .await;
}

#[tokio::test]
async fn a_missing_part_is_made_while_another_is_packed() {
    with_a_november(async |store| {
        let done = while_packing_waits(store, async || {
            let years_ago = round(-3 * 366 * 1_440, [judged("SQS", Status::Up)]);
            record(&store.database, years_ago).await;
            let other = store.another_pool().await;
            assert_eq!(maintain(&other, december()).await.parts_packed, 0, "one is at it");
        })
        .await;
        assert_eq!(done.parts_packed, 1);
    })
    .await;
}

#[tokio::test]
async fn what_a_packing_leaves_that_was_cut_off_is_removed_by_the_next() {
    with_a_november(async |store| {
        let cut_off = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE 'REINDEX%'
                AND wait_event_type = 'Lock'";
        let done = while_packing_waits(store, async || {
            assert_eq!(number(store, cut_off).await, 1);
        })
        .await;
        assert!(done.parts_packed == 0 && done.finished, "the rest was done: {done:?}");
        assert_eq!(number(store, INVALID).await, 1);

        assert_eq!(maintain(&store.database, december()).await.parts_packed, 1);
        assert_eq!(number(store, INVALID).await, 0);
        assert_eq!(maintain(&store.database, december()).await.parts_packed, 0);
    })
    .await;
}
