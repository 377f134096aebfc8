//! Listing measurements: filters, order, and walks by cursor.

use model::{
    Cursor, Database, Error, PageRequest, Status,
    measurement::{self, Filter, Recorded},
    observation,
    round::{self, Round},
};

use crate::{
    builders::{iam, judged, minute, round},
    databases::on_each_database,
};

/// Four minutes of two regions, with three services in each slot: 4 × (2 × 2 + 1) rows.
async fn fill(database: &Database) {
    for n in 0..4 {
        let sqs = if n == 2 { Status::Down } else { Status::Up };
        let here = round(n, [judged("SQS", sqs), judged("EC2", Status::Up), iam(Status::Up)]);
        let there = Round { region: "eu-west-1".into(), ..here.clone() };
        for round in [here, there] {
            round::record(database, &round, minute(60)).await.unwrap();
        }
    }
}

async fn list(database: &Database, filter: Filter) -> Vec<Recorded> {
    let page = PageRequest { limit: 1_000, after: None };
    let page = measurement::list(database, &filter, &page).await.unwrap();
    assert_eq!(page.next, None);
    page.items
}

/// What tells the rows of [`fill`] apart.
fn place(row: &Recorded) -> (chrono::DateTime<chrono::Utc>, String, String) {
    (row.slot, row.region.clone(), row.service.clone())
}

#[tokio::test]
async fn the_newest_slot_comes_first() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let rows = list(&store.database, Filter::default()).await;
        assert_eq!(rows.len(), 20);
        assert!(rows.is_sorted_by(|a, b| a.slot >= b.slot));
        assert_eq!(rows[0].slot, minute(3));
    })
    .await;
}

#[tokio::test]
async fn every_filter_narrows() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let everything = Filter::default();
        let cases = [
            (Filter { region: Some("eu-west-1".into()), ..everything.clone() }, 8),
            (Filter { region: Some("global".into()), ..everything.clone() }, 4),
            (Filter { service: Some("SQS".into()), ..everything.clone() }, 8),
            (Filter { status: Some(Status::Down), ..everything.clone() }, 2),
            (Filter { status: Some(Status::Unknown), ..everything.clone() }, 0),
            (Filter { from: Some(minute(2)), ..everything.clone() }, 10),
            (Filter { to: Some(minute(2)), ..everything.clone() }, 10),
            (Filter { from: Some(minute(1)), to: Some(minute(1)), ..everything.clone() }, 0),
        ];
        for (filter, expected) in cases {
            let rows = list(&store.database, filter.clone()).await;
            assert_eq!(rows.len(), expected, "{filter:?}");
        }
        let one = Filter {
            region: Some("us-east-1".into()),
            service: Some("SQS".into()),
            status: Some(Status::Down),
            from: Some(minute(2)),
            to: Some(minute(3)),
        };
        let rows = list(&store.database, one).await;
        let places: Vec<_> = rows.iter().map(place).collect();
        assert_eq!(places, [(minute(2), "us-east-1".into(), "SQS".into())]);
    })
    .await;
}

#[tokio::test]
async fn a_walk_by_cursor_meets_every_row_once_and_in_order() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let filter = Filter::default();
        let whole: Vec<_> = list(&store.database, filter.clone()).await.iter().map(place).collect();
        // 5 rows share a slot: these sizes end pages at each of its rows, and at its last.
        for limit in [1, 2, 3, 4, 5, 7, 19, 20, 21] {
            let mut walked = Vec::new();
            let mut page = PageRequest { limit, after: None };
            loop {
                let part = measurement::list(&store.database, &filter, &page).await.unwrap();
                walked.extend(part.items.iter().map(place));
                assert!(part.items.len() <= usize::try_from(limit).unwrap());
                let Some(next) = part.next else { break };
                page.after = Some(Cursor::from_client(next.to_string()));
            }
            assert_eq!(walked, whole, "{limit} at a time");
        }
    })
    .await;
}

#[tokio::test]
async fn a_row_that_arrives_during_a_walk_moves_nothing() {
    on_each_database(async |store| {
        let database = &store.database;
        fill(database).await;
        let filter = Filter::default();
        let whole = list(database, filter.clone()).await;
        let first = PageRequest { limit: 10, after: None };
        let first = measurement::list(database, &filter, &first).await.unwrap();
        round::record(database, &round(4, [judged("SQS", Status::Up)]), minute(60)).await.unwrap();

        let rest = PageRequest { limit: 1_000, after: first.next };
        let rest = measurement::list(database, &filter, &rest).await.unwrap();
        assert_eq!([first.items, rest.items].concat(), whole);
    })
    .await;
}

#[tokio::test]
async fn forged_cursors_are_refused() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let observation = crate::builders::seen("sqs", "send");
        let two = [observation.clone(), observation];
        observation::record(&store.database, "us-east-1", &two).await.unwrap();
        let page = PageRequest { limit: 1, after: None };
        let other_list = observation::list(&store.database, &Default::default(), &page).await;
        let other_list = other_list.unwrap().next.unwrap().to_string();

        // `["measurements",["-9999-01-01T00:00:00Z",1,1]]`: no row is that old.
        let ancient = "WyJtZWFzdXJlbWVudHMiLFsiLTk5OTktMDEtMDFUMDA6MDA6MDBaIiwxLDFdXQ";
        let short = "WyJtZWFzdXJlbWVudHMiLDFd";
        for forged in [other_list.as_str(), "", "1", short, ancient, "'; drop table run"] {
            let after = Some(Cursor::from_client(forged));
            let page = PageRequest { limit: 1, after };
            let answer = measurement::list(&store.database, &Filter::default(), &page).await;
            assert!(matches!(answer, Err(Error::Cursor)), "{forged:?}: {answer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn names_that_were_never_recorded_are_refused() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let page = PageRequest { limit: 1, after: None };
        let region = Filter { region: Some("'; drop table".into()), ..Filter::default() };
        let error = measurement::list(&store.database, &region, &page).await.unwrap_err();
        assert!(matches!(error, Error::UnknownRegion { name } if name == "'; drop table"));

        let service = Filter { service: Some("sqs".into()), ..Filter::default() };
        let error = measurement::list(&store.database, &service, &page).await.unwrap_err();
        assert!(matches!(error, Error::UnknownService { name } if name == "sqs"));
    })
    .await;
}
