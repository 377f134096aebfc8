//! Why a service stood as it did, as of any moment, whatever the order of the rounds.

use chrono::Utc;
use model::{Explanation, Planes, Status, current_status, measurement::Measurement, round};

use crate::{
    builders::{REGION, judged, minute, round},
    databases::on_each_database,
};

/// S3 of minute `n`, as it is told there.
fn told(n: i64) -> Measurement {
    let (status, reason) = match n {
        4..=7 => (Status::Down, "it fails"),
        8 => (Status::Up, "it is back"),
        _ => (Status::Up, "it works"),
    };
    let planes = Planes { data: Some(status), ..Planes::default() };
    let explanation =
        Explanation { reason: reason.into(), rule: 3, fault: None, suspect: None, planes };
    Measurement { explanation: Some(explanation), ..judged("S3", status) }
}

#[tokio::test]
async fn every_moment_is_told_as_it_was_in_whatever_order_the_rounds_came() {
    for order in [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [9, 0, 8, 4, 2, 6, 5, 1, 7, 3]] {
        on_each_database(async |store| {
            let database = &store.database;
            for n in order {
                round::record(database, &round(n, [told(n)]), Utc::now()).await.unwrap();
            }
            for n in 0..10 {
                let then = current_status::as_of(database, minute(n), Some(REGION)).await.unwrap();
                let [then] = &then[..] else { panic!("{then:?}") };
                let told = told(n);
                let reason = told.explanation.unwrap().reason;
                assert_eq!((then.slot, then.status), (minute(n), told.status), "of {order:?}");
                assert_eq!(then.reason.as_deref(), Some(&*reason), "minute {n} of {order:?}");
                assert_eq!(then.data_plane, Some(told.status));
                let since = match n {
                    0..4 => 0,
                    4..8 => 4,
                    _ => 8,
                };
                assert_eq!(then.since, minute(since), "minute {n} of {order:?}");
            }
            let now = current_status::all(database).await.unwrap();
            assert_eq!((now[0].reason.as_deref(), now[0].rule), (Some("it works"), Some(3)));
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_not_measured_for_an_hour_did_not_stand_in_any_way() {
    on_each_database(async |store| {
        let database = &store.database;
        round::record(database, &round(0, [told(0)]), Utc::now()).await.unwrap();
        let at = async |n| current_status::as_of(database, minute(n), None).await.unwrap().len();
        assert_eq!((at(-1).await, at(59).await, at(60).await), (0, 1, 0));
        let nowhere = current_status::as_of(database, minute(0), Some("nowhere")).await;
        assert!(matches!(nowhere, Err(model::Error::UnknownRegion { .. })));
    })
    .await;
}
