//! Rounds in the order in which they became visible, what they changed, and hearing of them.

use std::time::Duration;

use model::{
    Database, Error, Listener, PageRequest, Status, current_status,
    listener::Heard,
    round::{self, Numbered, Recorded, Round},
    status_change::{self, Change, Filter},
};
use tokio::time::{sleep, timeout};

use crate::{
    builders::{REGION, iam, judged, minute, round},
    databases::{on_each_database, on_empty_postgres},
};

async fn record(database: &Database, round: Round) {
    let recorded = round::record(database, &round, minute(60)).await.unwrap();
    assert_eq!(recorded, Recorded::Written);
}

async fn since(database: &Database, sequence: i64) -> Vec<Numbered> {
    round::since(database, sequence, 100).await.unwrap()
}

async fn changes(database: &Database) -> Vec<Change> {
    let all = PageRequest { limit: 1_000, after: None };
    status_change::list(database, &Filter::default(), &all).await.unwrap().items
}

#[tokio::test]
async fn rounds_are_numbered_in_the_order_of_recording() {
    on_each_database(async |store| {
        let database = &store.database;
        assert_eq!(round::newest(database).await.unwrap(), 0);
        for n in [5, 3, 4] {
            record(database, round(n, [judged("SQS", Status::Up)])).await;
        }
        let repeated = round(4, [judged("SQS", Status::Down)]);
        let recorded = round::record(database, &repeated, minute(60)).await.unwrap();
        assert_eq!(recorded, Recorded::Duplicate);

        let rounds = since(database, 0).await;
        let order: Vec<_> = rounds.iter().map(|round| (round.sequence, round.slot)).collect();
        assert_eq!(order, [(1, minute(5)), (2, minute(3)), (3, minute(4))]);
        assert_eq!(since(database, 2).await[..], rounds[2..]);
        assert_eq!(round::since(database, 0, 2).await.unwrap()[..], rounds[..2]);
        assert_eq!(round::newest(database).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_round_comes_with_what_was_judged_in_its_slot_in_its_region_and_globally() {
    on_each_database(async |store| {
        let database = &store.database;
        record(database, round(0, [judged("SQS", Status::Up), iam(Status::Up)])).await;
        let elsewhere = round(0, [judged("EC2", Status::Down), iam(Status::Up)]);
        record(database, Round { region: "eu-west-1".into(), ..elsewhere }).await;
        record(database, round(1, [judged("SQS", Status::Up)])).await;

        let rounds = since(database, 0).await;
        let measured = rounds.iter().map(|round| {
            let rows = round.measurements.iter();
            let mut rows: Vec<_> = rows.map(|row| (&*row.region, &*row.service)).collect();
            rows.sort_unstable();
            (round.id(), rows)
        });
        let expected = [
            (format!("{REGION}-20261119T1800Z"), vec![("global", "IAM"), (REGION, "SQS")]),
            ("eu-west-1-20261119T1800Z".into(), vec![("eu-west-1", "EC2"), ("global", "IAM")]),
            (format!("{REGION}-20261119T1801Z"), vec![(REGION, "SQS")]),
        ];
        assert_eq!(measured.collect::<Vec<_>>(), expected);
        // The second runner judged IAM too, but was not the first to.
        let changed: Vec<_> = rounds.iter().map(|round| round.changes.len()).collect();
        assert_eq!(changed, [2, 1, 0]);
    })
    .await;
}

#[tokio::test]
async fn a_change_says_what_was_before() {
    on_each_database(async |store| {
        let database = &store.database;
        for (n, status) in
            [Status::Up, Status::Up, Status::Down, Status::Down, Status::Up].into_iter().enumerate()
        {
            record(database, round(i64::try_from(n).unwrap(), [judged("SQS", status)])).await;
        }
        let told: Vec<_> = changes(database)
            .await
            .iter()
            .map(|change| (change.sequence, change.slot, change.previous_status, change.status))
            .collect();
        let expected = [
            (5, minute(4), Some(Status::Down), Status::Up),
            (3, minute(2), Some(Status::Up), Status::Down),
            (1, minute(0), None, Status::Up),
        ];
        assert_eq!(told, expected);
        let announced: Vec<_> =
            since(database, 0).await.iter().map(|round| round.changes.len()).collect();
        assert_eq!(announced, [1, 0, 1, 0, 1]);
    })
    .await;
}

#[tokio::test]
async fn a_round_that_comes_late_announces_no_change() {
    on_each_database(async |store| {
        let database = &store.database;
        record(database, round(0, [judged("SQS", Status::Up)])).await;
        record(database, round(5, [judged("SQS", Status::Up)])).await;
        record(database, round(3, [judged("SQS", Status::Down)])).await;
        assert_eq!(changes(database).await.len(), 1);

        // Up since the outage of minute 3, as is known now; still no change since then.
        let current = current_status::all(database).await.unwrap();
        assert_eq!((current[0].status, current[0].since), (Status::Up, minute(5)));
        record(database, round(6, [judged("SQS", Status::Up)])).await;
        assert_eq!(changes(database).await.len(), 1);
        assert_eq!(since(database, 0).await.len(), 4, "late rounds are rounds");
    })
    .await;
}

#[tokio::test]
async fn changes_are_listed_by_region_and_service_a_page_at_a_time() {
    on_each_database(async |store| {
        let database = &store.database;
        for (n, status) in [(0, Status::Up), (1, Status::Down)] {
            for region in [REGION, "eu-west-1"] {
                let judged = [judged("SQS", status), judged("EC2", Status::Up)];
                record(database, Round { region: region.into(), ..round(n, judged) }).await;
            }
        }
        let all = changes(database).await;
        assert_eq!(all.len(), 6);
        let mut paged = Vec::new();
        let mut page = PageRequest { limit: 1, after: None };
        loop {
            let part = status_change::list(database, &Filter::default(), &page).await.unwrap();
            paged.extend(part.items);
            page.after = part.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(paged, all);

        let filter = Filter { region: Some(REGION.into()), service: Some("SQS".into()) };
        let page = PageRequest { limit: 100, after: None };
        let some = status_change::list(database, &filter, &page).await.unwrap().items;
        let fitting = |change: &&Change| change.region == REGION && change.service == "SQS";
        let expected: Vec<_> = all.iter().filter(fitting).cloned().collect();
        assert_eq!((some.len(), some), (2, expected));
        let filter = Filter { region: Some("mars-1".into()), service: None };
        let error = status_change::list(database, &filter, &page).await.unwrap_err();
        assert!(matches!(error, Error::UnknownRegion { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn numbers_are_not_used_again_when_every_run_was_deleted() {
    on_each_database(async |store| {
        let database = &store.database;
        record(database, round(0, [])).await;
        record(database, round(1, [])).await;
        store.meddle("DELETE FROM run").await;
        assert!(since(database, 0).await.is_empty());
        record(database, round(2, [])).await;
        assert_eq!(since(database, 0).await[0].sequence, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_misses_nothing_while_many_regions_record() {
    const REGIONS: i64 = 6;
    const ROUNDS: i64 = 15;
    on_each_database(async |store| {
        let mut runners = tokio::task::JoinSet::new();
        for region in 0..REGIONS {
            let database = store.another_pool().await;
            runners.spawn(async move {
                for n in 0..ROUNDS {
                    let status = if n % 2 == 0 { Status::Up } else { Status::Down };
                    let round = round(n, [judged("SQS", status), iam(status)]);
                    record(&database, Round { region: format!("region-{region}"), ..round }).await;
                }
            });
        }
        let (mut seen, mut changed) = (Vec::new(), 0);
        while seen.len() < usize::try_from(REGIONS * ROUNDS).unwrap() {
            let after = seen.last().copied().unwrap_or(0);
            for round in round::since(&store.database, after, 7).await.unwrap() {
                seen.push(round.sequence);
                changed += round.changes.len();
                assert!(round.measurements.len() >= 2, "{round:?}");
            }
        }
        runners.join_all().await;
        assert_eq!(seen, (1..=REGIONS * ROUNDS).collect::<Vec<_>>());
        // Every round changed SQS in its region; IAM changed at most once a slot.
        let iam: Vec<_> =
            changes(&store.database).await.into_iter().filter(|c| c.service == "IAM").collect();
        assert_eq!(changed, seen.len() + iam.len());
        for pair in iam.windows(2) {
            assert_eq!(pair[0].previous_status, Some(pair[1].status));
        }
        assert_eq!(iam.last().unwrap().previous_status, None);
    })
    .await;
}

/// Long enough for any listener, and far below the 5 s after which one looks anyway.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_listener_hears_of_a_round_that_another_program_recorded() {
    on_each_database(async |store| {
        let mut listener = Listener::at(&store.database);
        listener.wait().await;
        let recorder = store.another_pool().await;
        let recording = async {
            sleep(Duration::from_millis(50)).await;
            record(&recorder, round(0, [judged("SQS", Status::Up)])).await;
        };
        let hearing = async {
            while round::newest(&store.database).await.unwrap() == 0 {
                listener.wait().await;
            }
        };
        timeout(SOON, async { tokio::join!(recording, hearing) }).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn postgresql_tells_of_a_round_once_it_is_visible() {
    on_empty_postgres(async |store, _| {
        migration::up(&store.database).await.unwrap();
        let mut listener = Listener::at(&store.database);
        assert_eq!(listener.wait().await, Heard::Word, "what came before is worth a look");
        let quiet = timeout(Duration::from_millis(300), listener.wait()).await;
        assert!(quiet.is_err(), "nothing was recorded: {quiet:?}");
        record(&store.database, round(0, [])).await;
        assert_eq!(timeout(SOON, listener.wait()).await.unwrap(), Heard::Word);
        assert_eq!(since(&store.database, 0).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_listener_whose_connection_was_closed_listens_anew() {
    on_empty_postgres(async |store, _| {
        migration::up(&store.database).await.unwrap();
        let mut listener = Listener::at(&store.database);
        listener.wait().await;
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
                AND query LIKE 'LISTEN%'";
        store.meddle(others).await;
        assert_eq!(timeout(SOON, listener.wait()).await.unwrap(), Heard::Word);
        record(&store.database, round(0, [])).await;
        assert_eq!(timeout(SOON, listener.wait()).await.unwrap(), Heard::Word);
    })
    .await;
}
