//! A made-up history is stored and rolled up like any other.

use std::{collections::BTreeSet, time::Duration};

use model::{
    By, PageRequest, Retention, Selection, Status, Width, Window, current_status,
    import::Subject,
    maintenance, measurement, region,
    sample::{self, Sample},
    service::Kind,
    storage,
    uptime::{self, Question, Uptime},
};

use crate::{
    builders::{REGION, minute},
    databases::{TestDatabase, on_each_database},
};

/// Two days and a half hour, of two services in a region and one that is global.
fn two_days() -> Sample {
    let subject = |region: &str, service: &str| Subject {
        region: region.into(),
        service: service.into(),
        kind: Kind::Service,
    };
    Sample {
        subjects: vec![
            subject(REGION, "SQS"),
            subject(REGION, "S3"),
            subject(region::GLOBAL, "IAM"),
        ],
        window: Window { from: minute(-2 * 1_440 - 30), to: minute(0) },
    }
}

async fn uptimes(store: &TestDatabase) -> Vec<Uptime> {
    let question = Question {
        selection: Selection::default(),
        window: two_days().window,
        by: By::Both,
        width: Some(Width::Hour),
    };
    uptime::of(&store.database, &question, minute(0)).await.unwrap().items
}

#[tokio::test]
async fn a_sample_has_every_slot_of_every_subject() {
    on_each_database(async |store| {
        let written = sample::write(&store.database, &two_days()).await.unwrap();
        assert_eq!(written, 3 * (2 * 1_440 + 30));
        let uptimes = uptimes(store).await;
        assert_eq!(uptimes.len(), 3);
        for Uptime { subject, total, .. } in uptimes {
            assert_eq!(total.judged() + total.unknown, 2 * 1_440 + 30, "{subject:?}");
            assert_eq!(total.expected, 2 * 1_440 + 30, "{subject:?}");
        }
        let newest = current_status::all(&store.database).await.unwrap();
        assert_eq!(newest.len(), 3);
        assert!(newest.iter().all(|status| status.slot == minute(-1)));
    })
    .await;
}

#[tokio::test]
async fn a_sample_is_rolled_up_by_maintenance() {
    on_each_database(async |store| {
        sample::write(&store.database, &two_days()).await.unwrap();
        let before = uptimes(store).await;
        let (kept, budget) = (Retention::default(), Duration::from_secs(60));
        let done = maintenance::run(&store.database, &kept, minute(1_440), budget).await.unwrap();
        // Of both regions: 48 hours and the half one, and the three days that they are in.
        assert_eq!((done.hours, done.finished), (2 * 49, true));
        assert_eq!(uptimes(store).await, before);
        storage::analyze(&store.database).await.unwrap();
        if let Some(stored) = storage::of(&store.database).await.unwrap() {
            assert_eq!(stored.measurements, 3 * (2 * 1_440 + 30));
            assert!(stored.measurement_bytes > 0 && stored.rollup_bytes > 0, "{stored:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_sample_is_written_once() {
    on_each_database(async |store| {
        sample::write(&store.database, &two_days()).await.unwrap();
        sample::write(&store.database, &two_days()).await.unwrap_err();
        let page = PageRequest { limit: 6, after: None };
        let filter = measurement::Filter::default();
        let rows = measurement::list(&store.database, &filter, &page).await.unwrap().items;
        let keys: BTreeSet<_> = rows.iter().map(|row| (row.slot, &row.service)).collect();
        assert_eq!(keys.len(), 6);
        assert!(rows.iter().any(|row| row.status == Status::Up));
    })
    .await;
}
