//! Runs read back: by name, and as a list.

use chrono::TimeDelta;
use model::{
    Database, Error, Page, PageRequest, observation, round,
    run::{self, Claim, Filter, Lease, Recorded, State},
};

use crate::{
    builders::{REGION, minute, round, seen},
    databases::on_each_database,
};

async fn claim(database: &Database, region: &str, n: i64) {
    let claim = run::claim(
        database,
        region,
        minute(n),
        Lease { from: minute(n), length: TimeDelta::seconds(90) },
    )
    .await;
    assert_eq!(claim.unwrap(), Claim::Granted);
}

/// Three slots of us-east-1, of which the last is running, and one of eu-west-1.
async fn four_runs(database: &Database) {
    for n in [0, 1] {
        round::record(database, &round(n, []), minute(n)).await.unwrap();
    }
    claim(database, REGION, 2).await;
    claim(database, "eu-west-1", 1).await;
}

async fn page(database: &Database, filter: &Filter, page: PageRequest) -> Page<Recorded> {
    run::list(database, filter, &page).await.unwrap()
}

fn names(page: &Page<Recorded>) -> Vec<String> {
    page.items.iter().map(Recorded::name).collect()
}

#[tokio::test]
async fn the_newest_slot_comes_first_and_then_by_region() {
    on_each_database(async |store| {
        four_runs(&store.database).await;
        let whole = PageRequest { limit: 100, after: None };
        let listed = page(&store.database, &Filter::default(), whole).await;
        let expected = [
            "us-east-1-20261119T1802Z",
            "us-east-1-20261119T1801Z",
            "eu-west-1-20261119T1801Z",
            "us-east-1-20261119T1800Z",
        ];
        assert_eq!(names(&listed), expected);
        assert_eq!(listed.next, None);
    })
    .await;
}

#[tokio::test]
async fn pages_lead_through_the_whole_list_once() {
    on_each_database(async |store| {
        four_runs(&store.database).await;
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let request = PageRequest { limit: 1, after };
            let page = page(&store.database, &Filter::default(), request).await;
            found.extend(names(&page));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let whole = PageRequest { limit: 100, after: None };
        assert_eq!(found, names(&page(&store.database, &Filter::default(), whole).await));
    })
    .await;
}

#[tokio::test]
async fn filters_narrow_the_list() {
    on_each_database(async |store| {
        four_runs(&store.database).await;
        let everything = Filter::default();
        for (filter, expected) in [
            (Filter { region: Some(REGION.into()), ..everything.clone() }, 3),
            (Filter { from: Some(minute(1)), ..everything.clone() }, 3),
            (Filter { to: Some(minute(1)), ..everything.clone() }, 1),
            (Filter { from: Some(minute(3)), ..everything.clone() }, 0),
        ] {
            let whole = PageRequest { limit: 100, after: None };
            let found = page(&store.database, &filter, whole).await.items.len();
            assert_eq!(found, expected, "{filter:?}");
        }
        let unknown = Filter { region: Some("us-east-9".into()), ..everything };
        let whole = PageRequest { limit: 100, after: None };
        let refused = run::list(&store.database, &unknown, &whole).await;
        assert!(matches!(refused, Err(Error::UnknownRegion { .. })), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_run_whose_lease_is_over_is_abandoned_until_it_finishes() {
    on_each_database(async |store| {
        let database = &store.database;
        claim(database, REGION, 0).await;
        let name = "us-east-1-20261119T1800Z";
        let state = async |n| run::named(database, name).await.unwrap().state(minute(n));
        assert_eq!(state(1).await, State::Running);
        assert_eq!(state(2).await, State::Abandoned);
        round::record(database, &round(0, []), minute(9)).await.unwrap();
        assert_eq!(state(10).await, State::Finished);
        let run = run::named(database, name).await.unwrap();
        assert_eq!((run.finished_at, run.duration_us), (Some(minute(9)), Some(420_000)));
    })
    .await;
}

#[tokio::test]
async fn a_name_that_no_run_has_is_not_known() {
    on_each_database(async |store| {
        four_runs(&store.database).await;
        for name in ["us-east-1-20261119T1803Z", "us-east-9-20261119T1800Z", "us-east-1", ""] {
            let found = run::named(&store.database, name).await;
            assert!(matches!(found, Err(Error::UnknownRun { .. })), "{name}: {found:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn observations_can_be_asked_for_by_their_run() {
    on_each_database(async |store| {
        for n in [0, 1] {
            let mut round = round(n, []);
            round.observations = vec![seen("ec2", "describe")];
            round::record(&store.database, &round, minute(n)).await.unwrap();
        }
        let run = Some("us-east-1-20261119T1801Z".to_owned());
        let filter = observation::Filter { run, ..observation::Filter::default() };
        let whole = PageRequest { limit: 100, after: None };
        let found = observation::list(&store.database, &filter, &whole).await.unwrap().items;
        let slots: Vec<_> = found.iter().map(|found| found.slot).collect();
        assert_eq!(slots, [Some(minute(1))]);
    })
    .await;
}
