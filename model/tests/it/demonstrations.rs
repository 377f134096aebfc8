//! Made-up history: marked for ever, kept apart from what is real, and as consistent as real history.

use chrono::TimeDelta;
use model::{
    Database, Error, Failure, Outcome, PageRequest, Status, current_status, demo,
    incident::{self, Filter, Incident},
    measurement, round,
};

use crate::{
    builders::{REGION, judged, minute, round},
    databases::on_each_database,
};

async fn incidents(database: &Database, filter: &Filter) -> Vec<Incident> {
    let page = PageRequest { limit: 200, after: None };
    incident::list(database, filter, &page).await.unwrap().items
}

#[tokio::test]
async fn a_demonstration_says_so_and_fills_only_what_is_empty() {
    on_each_database(async |store| {
        let database = &store.database;
        round::record(database, &round(0, [judged("SQS", Status::Up)]), minute(0)).await.unwrap();
        let error = demo::fill(database, 1, minute(1)).await.unwrap_err();
        assert!(matches!(error, Error::NotEmpty), "{error:?}");
        assert!(!demo::is_one(database).await.unwrap());
    })
    .await;
    on_each_database(async |store| {
        let database = &store.database;
        assert!(!demo::is_one(database).await.unwrap());
        demo::fill(database, 1, minute(0)).await.unwrap();
        assert!(demo::is_one(&store.another_pool().await).await.unwrap());
        let error = demo::fill(database, 1, minute(0)).await.unwrap_err();
        assert!(matches!(error, Error::NotEmpty), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn every_incident_has_evidence_and_those_that_are_open_are_what_is_not_up() {
    on_each_database(async |store| {
        let database = &store.database;
        demo::fill(database, 2, minute(0)).await.unwrap();
        let all = incidents(database, &Filter::default()).await;
        assert!(all.len() > 3, "{all:#?}");
        for found in &all {
            let evidence = incident::read(database, found.id).await.unwrap().evidence;
            assert!(!evidence.is_empty(), "{found:#?}");
            let slow = found.cause == Some(Failure::Slow);
            for seen in evidence {
                let failed = seen.observation.outcome == Outcome::Failed;
                assert_eq!(failed, !slow, "{seen:#?}");
            }
        }
        let mut open: Vec<_> = all
            .iter()
            .filter(|found| found.ended_at.is_none())
            .flat_map(|found| {
                found.services.iter().map(|name| (found.region.clone(), name.clone()))
            })
            .collect();
        open.sort();
        let now = current_status::all(database).await.unwrap();
        let mut trouble: Vec<_> = now
            .into_iter()
            .filter(|row| row.status != Status::Up)
            .map(|row| (row.region, row.service))
            .collect();
        trouble.sort();
        assert_eq!(open, trouble);
    })
    .await;
}

#[tokio::test]
async fn an_outage_that_is_over_ends_its_incident_in_the_rounds_that_follow() {
    on_each_database(async |store| {
        let database = &store.database;
        demo::fill(database, 1, minute(0)).await.unwrap();
        let of_dynamodb = Filter {
            region: Some(REGION.into()),
            service: Some("DynamoDB".into()),
            open: Some(true),
            ..Filter::default()
        };
        assert_eq!(incidents(database, &of_dynamodb).await.len(), 1);
        for n in 1..50 {
            demo::record(database, minute(n), minute(0)).await.unwrap();
        }
        assert_eq!(incidents(database, &of_dynamodb).await, []);
        let filter = measurement::Filter {
            region: Some(REGION.into()),
            service: Some("DynamoDB".into()),
            from: Some(minute(0) - TimeDelta::minutes(30)),
            ..measurement::Filter::default()
        };
        let page = PageRequest { limit: 100, after: None };
        let rows = measurement::list(database, &filter, &page).await.unwrap().items;
        assert_eq!(rows.len(), 79, "a measurement a minute");
    })
    .await;
}
