//! The schema's history: up, down, and two at once.

use model::{
    Status, measurement,
    run::{self, Lease},
};

use crate::{
    builders::{judged, round},
    databases::{on_each_database, on_each_empty_database},
};

#[tokio::test]
async fn migrations_go_up_and_down_and_up_again() {
    on_each_empty_database(async |store| {
        let database = &store.database;
        let all = migration::pending(database).await.unwrap();
        assert_eq!(all.first().map(String::as_str), Some("m20261120_000001_create_tables"));

        migration::up(database).await.unwrap();
        assert!(migration::pending(database).await.unwrap().is_empty());

        migration::down(database, u32::try_from(all.len()).unwrap()).await.unwrap();
        assert_eq!(migration::pending(database).await.unwrap(), all);
        assert!(model::region::all(database).await.is_err(), "the tables are still there");

        migration::up(database).await.unwrap();
        assert!(model::region::all(database).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn asking_what_is_pending_changes_nothing() {
    on_each_empty_database(async |store| {
        migration::pending(&store.database).await.unwrap();
        store.meddle("CREATE TABLE seaql_migrations (version text)").await;
    })
    .await;
}

#[tokio::test]
async fn up_keeps_what_is_there_and_fresh_does_not() {
    on_each_database(async |store| {
        let round = round(0, [judged("SQS", Status::Up)]);
        model::round::record(&store.database, &round, round.slot).await.unwrap();

        migration::up(&store.database).await.unwrap();
        assert_eq!(model::region::all(&store.database).await.unwrap().len(), 1);

        migration::fresh(&store.database).await.unwrap();
        assert!(model::region::all(&store.database).await.unwrap().is_empty());
        assert!(migration::pending(&store.database).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_programs_migrate_at_the_same_moment() {
    on_each_empty_database(async |store| {
        // The first time even the table of the applied migrations is missing.
        for _ in 0..2 {
            let mut programs = tokio::task::JoinSet::new();
            for _ in 0..4 {
                let database = store.another_pool().await;
                programs.spawn(async move { migration::up(&database).await });
            }
            for migrated in programs.join_all().await {
                migrated.unwrap();
            }
            assert!(migration::pending(&store.database).await.unwrap().is_empty());
            migration::down(&store.database, 1).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing() {
    on_each_empty_database(async |store| {
        let all = migration::pending(&store.database).await.unwrap();
        // The last but one of the tables that the first migration makes.
        store.meddle("CREATE TABLE measurement (id integer)").await;
        migration::up(&store.database).await.unwrap_err();
        store.meddle("DROP TABLE measurement").await;

        assert_eq!(migration::pending(&store.database).await.unwrap(), all);
        migration::up(&store.database).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_schema_that_is_newer_than_the_program_lacks_nothing() {
    on_each_database(async |store| {
        store
            .meddle("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m2099_next', 0)")
            .await;
        assert!(migration::pending(&store.database).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_database_without_tables_is_an_error_and_no_panic() {
    on_each_empty_database(async |store| {
        let page = model::PageRequest { limit: 1, after: None };
        measurement::list(&store.database, &measurement::Filter::default(), &page)
            .await
            .unwrap_err();
        let (now, lease) = (crate::builders::minute(0), chrono::TimeDelta::minutes(1));
        run::claim(&store.database, "us-east-1", now, Lease { from: now, length: lease })
            .await
            .unwrap_err();
    })
    .await;
}
