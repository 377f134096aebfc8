//! Recording a round: whole, once, or not at all.

use chrono::TimeDelta;
use model::{
    Database, PageRequest, Status, current_status, measurement, observation,
    round::{self, Recorded, Round},
    run::{self, Claim, Lease},
};

use crate::{
    builders::{REGION, application, iam, judged, minute, seen},
    databases::on_each_database,
};

const ALL: PageRequest = PageRequest { limit: 1_000, after: None };

async fn record(database: &Database, round: &Round) -> Recorded {
    round::record(database, round, minute(60)).await.unwrap()
}

async fn measurements(database: &Database) -> Vec<measurement::Recorded> {
    measurement::list(database, &measurement::Filter::default(), &ALL).await.unwrap().items
}

async fn observations(database: &Database) -> Vec<observation::Recorded> {
    observation::list(database, &observation::Filter::default(), &ALL).await.unwrap().items
}

/// A round with something of everything.
fn full_round() -> Round {
    let judged =
        [judged("SQS", Status::Up), iam(Status::Down), application("Quotes", Status::Degraded)];
    Round {
        observations: vec![seen("voting_game", "get_topic"), seen("iam", "direct")],
        ..crate::builders::round(0, judged)
    }
}

#[tokio::test]
async fn a_round_is_written_with_all_its_parts() {
    on_each_database(async |store| {
        let round = full_round();
        assert_eq!(record(&store.database, &round).await, Recorded::Written);

        let mut rows = measurements(&store.database).await;
        rows.sort_by_key(|row| row.service.clone());
        let places: Vec<_> =
            rows.iter().map(|row| (row.region.as_str(), row.service.as_str())).collect();
        assert_eq!(places, [("global", "IAM"), (REGION, "Quotes"), (REGION, "SQS")]);
        let sqs = &rows[2];
        assert_eq!((sqs.slot, sqs.status, sqs.latency_us), (minute(0), Status::Up, Some(12_345)));

        let mut evidence = observations(&store.database).await;
        evidence.reverse();
        let seen: Vec<_> = evidence.iter().map(|row| row.observation.clone()).collect();
        assert_eq!(seen, round.observations);
        assert!(evidence.iter().all(|row| row.slot == Some(minute(0)) && row.region == REGION));
        assert_eq!(current_status::all(&store.database).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_round_that_comes_twice_changes_nothing() {
    on_each_database(async |store| {
        record(&store.database, &full_round()).await;
        let before = (measurements(&store.database).await, observations(&store.database).await);

        let mut again = full_round();
        again.measurements[0].status = Status::Down;
        again.measurements.push(judged("Lambda", Status::Up));
        assert_eq!(record(&store.database, &again).await, Recorded::Duplicate);

        let after = (measurements(&store.database).await, observations(&store.database).await);
        assert_eq!(before, after);
        assert_eq!(current_status::all(&store.database).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_round_of_nothing_finishes_its_slot() {
    on_each_database(async |store| {
        let empty = crate::builders::round(0, []);
        assert_eq!(record(&store.database, &empty).await, Recorded::Written);
        assert_eq!(record(&store.database, &empty).await, Recorded::Duplicate);
    })
    .await;
}

#[tokio::test]
async fn a_service_that_is_judged_twice_in_a_round_keeps_its_first_judgement() {
    on_each_database(async |store| {
        let twice =
            crate::builders::round(0, [judged("S3", Status::Down), judged("S3", Status::Up)]);
        assert_eq!(record(&store.database, &twice).await, Recorded::Written);
        let statuses: Vec<_> =
            measurements(&store.database).await.iter().map(|row| row.status).collect();
        assert_eq!(statuses, [Status::Down]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_recorded_by_two_runners_at_the_same_moment_is_written_once() {
    on_each_database(async |store| {
        let (one, other) = (store.another_pool().await, store.another_pool().await);
        for n in 0..10 {
            let round = Round { slot: minute(n), ..full_round() };
            let (a, b) = tokio::join!(record(&one, &round), record(&other, &round));
            assert_ne!(a, b, "of two, one writes");
        }
        assert_eq!(measurements(&store.database).await.len(), 30);
        assert_eq!(observations(&store.database).await.len(), 20);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runners_of_several_regions_record_their_first_round_at_the_same_moment() {
    on_each_database(async |store| {
        let mut runners = tokio::task::JoinSet::new();
        for n in 0..8 {
            let pool = store.another_pool().await;
            let mut round = Round { region: format!("region-{n}"), ..full_round() };
            // Two versions of a runner need not judge in the same order.
            if n % 2 == 1 {
                round.measurements.reverse();
                round.observations.reverse();
            }
            runners.spawn(async move { record(&pool, &round).await });
        }
        assert_eq!(runners.join_all().await, [Recorded::Written; 8]);
        assert_eq!(measurements(&store.database).await.len(), 2 * 8 + 1);
        assert_eq!(model::service::all(&store.database).await.unwrap().len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_global_service_keeps_the_judgement_of_the_first_runner() {
    on_each_database(async |store| {
        let database = &store.database;
        record(database, &crate::builders::round(0, [iam(Status::Up)])).await;
        let second = crate::builders::round(0, [iam(Status::Down)]);
        let second = Round { region: "eu-west-1".into(), ..second };
        assert_eq!(record(database, &second).await, Recorded::Written);

        let rows = measurements(database).await;
        let row: Vec<_> = rows.iter().map(|row| (row.region.as_str(), row.status)).collect();
        assert_eq!(row, [("global", Status::Up)]);
    })
    .await;
}

#[tokio::test]
async fn a_round_that_fails_midway_leaves_nothing() {
    on_each_database(async |store| {
        let database = &store.database;
        store.meddle("ALTER TABLE current_status RENAME TO elsewhere").await;
        round::record(database, &full_round(), minute(1)).await.unwrap_err();
        store.meddle("ALTER TABLE elsewhere RENAME TO current_status").await;

        assert!(measurements(database).await.is_empty());
        assert!(observations(database).await.is_empty());
        let claim = run::claim(
            database,
            REGION,
            minute(0),
            Lease { from: minute(1), length: TimeDelta::minutes(1) },
        )
        .await;
        assert_eq!(claim.unwrap(), Claim::Granted);
        assert_eq!(record(database, &full_round()).await, Recorded::Written);
    })
    .await;
}

#[tokio::test]
async fn of_two_runs_of_a_slot_the_first_to_finish_counts() {
    on_each_database(async |store| {
        let database = &store.database;
        let lease = TimeDelta::seconds(40);
        for seconds in [0, 41] {
            let now = minute(0) + TimeDelta::seconds(seconds);
            let claim = run::claim(database, REGION, minute(0), Lease { from: now, length: lease })
                .await
                .unwrap();
            assert_eq!(claim, Claim::Granted);
        }
        assert_eq!(record(database, &full_round()).await, Recorded::Written);
        assert_eq!(record(database, &full_round()).await, Recorded::Duplicate);
    })
    .await;
}

#[tokio::test]
async fn a_round_with_more_observations_than_one_statement_takes_is_written() {
    on_each_database(async |store| {
        let many = vec![seen("sqs", "receive"); 4_200];
        let round = Round { observations: many, ..crate::builders::round(0, []) };
        assert_eq!(record(&store.database, &round).await, Recorded::Written);
        assert_eq!(observations(&store.database).await.len(), 1_000);
    })
    .await;
}
