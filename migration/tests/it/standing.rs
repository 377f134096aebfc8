//! How things stand after an import: the newest status, since when, and the first slot of all.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use model::Status;
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};

use crate::{
    databases::{Measured, Target, on_each_target},
    rounds::{measure, minute},
    source::Source,
};

/// What our own rounds judge.
const SERVICES: [&str; 2] = ["SQS", "EC2"];

/// The newest slot and its status, since when, and the first slot.
type Standing = (DateTime<Utc>, i16, DateTime<Utc>, DateTime<Utc>);

/// By region and service, counted by hand from measurements in the order of time.
fn standing(measured: &[Measured]) -> BTreeMap<(String, String), Standing> {
    let mut standing: BTreeMap<_, Standing> = BTreeMap::new();
    for (slot, region, service, _, status, _) in measured {
        let new = (*slot, *status, *slot, *slot);
        standing
            .entry((region.clone(), service.clone()))
            .and_modify(|known| {
                let since = if known.1 == *status { known.2 } else { *slot };
                *known = (*slot, *status, since, known.3);
            })
            .or_insert(new);
    }
    standing
}

/// The same, as it is stored.
async fn stored(target: &Target) -> BTreeMap<(String, String), Standing> {
    let question = "SELECT region.name, service.name, slot, status, since, measured_since
        FROM current_status JOIN region ON region.id = region_id
        JOIN service ON service.id = service_id";
    let question = Statement::from_string(target.database.get_database_backend(), question);
    let rows = target.database.query_all_raw(question).await.unwrap();
    rows.iter()
        .map(|row| {
            let (region, service, slot, status, since, first) =
                row.try_get_many_by_index().unwrap();
            ((region, service), (slot, status, since, first))
        })
        .collect()
}

async fn assert_standing(source: &Source, target: &Target) {
    target.import(source, |_| {}).await.unwrap();
    let expected = standing(&target.measured().await);
    assert_eq!(stored(target).await, expected);
}

#[tokio::test]
async fn history_alone_says_how_things_stand() {
    on_each_target(async |source, target| {
        source.add_minutes(4_000).await;
        assert_standing(source, target).await;
        // What the source has later is added to it.
        source.add(&[("18:00:00", "SQS", "us-east-1", 0, 10)]).await;
        assert_standing(source, target).await;
    })
    .await;
}

#[tokio::test]
async fn history_before_our_own_measurements_moves_since() {
    on_each_target(async |source, target| {
        for n in 4_000..4_010 {
            measure(target, minute(n), &SERVICES, Status::Up).await;
        }
        source.add_minutes(4_000).await;
        assert_standing(source, target).await;
    })
    .await;
}

#[tokio::test]
async fn history_that_was_never_anything_else_moves_since_to_its_start() {
    on_each_target(async |source, target| {
        for n in 4_000..4_010 {
            measure(target, minute(n), &SERVICES, Status::Up).await;
        }
        source.add_minutes(4_000).await;
        source.sql("UPDATE cloud_monitor.metrics SET value = 1").await;
        assert_standing(source, target).await;
    })
    .await;
}

#[tokio::test]
async fn history_between_our_own_measurements_moves_since() {
    on_each_target(async |source, target| {
        let statuses = [Status::Up, Status::Up, Status::Down, Status::Up];
        for (status, n) in statuses.iter().cycle().zip((0..3_000).step_by(97)) {
            measure(target, minute(n), &SERVICES, *status).await;
        }
        source.add_minutes(2_500).await;
        assert_standing(source, target).await;
    })
    .await;
}
