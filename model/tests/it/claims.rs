//! Claiming a slot: once, and again only when its runner is gone.

use chrono::TimeDelta;
use model::{
    Database, Status, round,
    run::{self, Claim, Lease},
};
use tokio::task::JoinSet;

use crate::{
    builders::{REGION, judged, minute},
    databases::on_each_database,
};

const LEASE: TimeDelta = TimeDelta::seconds(40);

async fn claim_after(database: &Database, elapsed: TimeDelta) -> Claim {
    run::claim(database, REGION, minute(0), Lease { from: minute(0) + elapsed, length: LEASE })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_slot_is_granted_once() {
    on_each_database(async |store| {
        let database = &store.database;
        assert_eq!(claim_after(database, TimeDelta::zero()).await, Claim::Granted);
        assert_eq!(claim_after(database, TimeDelta::zero()).await, Claim::InProgress);
        assert_eq!(claim_after(database, LEASE).await, Claim::InProgress);
    })
    .await;
}

#[tokio::test]
async fn a_slot_whose_lease_has_ended_is_granted_again_once() {
    on_each_database(async |store| {
        let too_late = LEASE + TimeDelta::milliseconds(1);
        claim_after(&store.database, TimeDelta::zero()).await;
        assert_eq!(claim_after(&store.database, too_late).await, Claim::Granted);
        assert_eq!(claim_after(&store.database, too_late).await, Claim::InProgress);
    })
    .await;
}

#[tokio::test]
async fn a_recorded_slot_is_done_for_ever() {
    on_each_database(async |store| {
        let database = &store.database;
        claim_after(database, TimeDelta::zero()).await;
        let round = crate::builders::round(0, [judged("SQS", Status::Up)]);
        round::record(database, &round, minute(1)).await.unwrap();
        assert_eq!(claim_after(database, TimeDelta::zero()).await, Claim::Done);
        assert_eq!(claim_after(database, TimeDelta::days(1)).await, Claim::Done);
    })
    .await;
}

#[tokio::test]
async fn another_slot_and_another_region_are_free() {
    on_each_database(async |store| {
        let database = &store.database;
        claim_after(database, TimeDelta::zero()).await;
        let next =
            run::claim(database, REGION, minute(1), Lease { from: minute(1), length: LEASE })
                .await
                .unwrap();
        let elsewhere =
            run::claim(database, "eu-west-1", minute(0), Lease { from: minute(0), length: LEASE });
        assert_eq!((next, elsewhere.await.unwrap()), (Claim::Granted, Claim::Granted));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_claims_at_the_same_moment_one_is_granted() {
    on_each_database(async |store| {
        let (one, other) = (store.another_pool().await, store.another_pool().await);
        for n in 0..10 {
            let mut claims = JoinSet::new();
            for pool in [&one, &other].repeat(10) {
                let pool = pool.clone();
                claims.spawn(async move {
                    run::claim(&pool, REGION, minute(n), Lease { from: minute(n), length: LEASE })
                        .await
                        .unwrap()
                });
            }
            let claims = claims.join_all().await;
            let granted = claims.iter().filter(|claim| **claim == Claim::Granted).count();
            let in_progress = claims.iter().filter(|claim| **claim == Claim::InProgress).count();
            assert_eq!((granted, in_progress), (1, 19));
        }
    })
    .await;
}
