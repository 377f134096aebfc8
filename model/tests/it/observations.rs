//! Listing observations: filters, order, walks by cursor, and nothing lost on the way.

use chrono::TimeDelta;
use model::{
    Cursor, Database, Error, Failure, Outcome, PageRequest, Phase, Status,
    observation::{self, Filter, Observation, Phases, Recorded},
    round::{self, Round},
};

use crate::{
    builders::{REGION, judged, minute, round, seen},
    databases::on_each_database,
};

/// A step with a value in every field.
fn failed_vote() -> Observation {
    Observation {
        services: vec!["EC2".into(), "SQS".into()],
        attempt: 3,
        started_at: minute(0) + TimeDelta::microseconds(123_456),
        outcome: Outcome::Failed,
        failure: Some(Failure::Timeout),
        phase: Some(Phase::Transfer),
        http_status: Some(202),
        request_id: Some("4442587FB7D0A2F9".into()),
        phases: Phases {
            resolve_us: Some(0),
            connect_us: Some(1),
            tls_us: Some(2),
            processing_us: Some(3),
            transfer_us: Some(i32::MAX),
        },
        total_us: Some(10_000_000),
        detail: Some("no answer within 10 s: Zürich \u{1f5f3} 'quoted'".into()),
        ..seen("voting_game", "post_vote")
    }
}

/// Three minutes of two regions, three observations each, two of them at the same instant.
async fn fill(database: &Database) {
    for n in 0..3 {
        let at = |seen: Observation| Observation { started_at: minute(n), ..seen };
        let skipped = Observation { outcome: Outcome::Skipped, ..seen("voting_game", "read_vote") };
        let seen = vec![at(seen("quotes", "get_quote")), at(skipped), failed_vote()];
        let here = Round { observations: seen, ..round(n, [judged("Lambda", Status::Up)]) };
        let there = Round { region: "eu-west-1".into(), ..here.clone() };
        for round in [here, there] {
            round::record(database, &round, minute(60)).await.unwrap();
        }
    }
}

async fn list(database: &Database, filter: Filter) -> Vec<Recorded> {
    let page = PageRequest { limit: 1_000, after: None };
    let page = observation::list(database, &filter, &page).await.unwrap();
    assert_eq!(page.next, None);
    page.items
}

#[tokio::test]
async fn an_observation_is_read_back_as_it_was_seen() {
    on_each_database(async |store| {
        let seen = [failed_vote()];
        observation::record(&store.database, REGION, &seen).await.unwrap();
        let rows = list(&store.database, Filter::default()).await;
        assert_eq!(rows.iter().map(|row| &row.observation).collect::<Vec<_>>(), [&seen[0]]);
        assert_eq!((rows[0].slot, rows[0].region.as_str()), (None, REGION));
    })
    .await;
}

#[tokio::test]
async fn a_step_that_needs_other_services_than_before_is_read_back_with_these() {
    on_each_database(async |store| {
        let before = seen("quotes", "get_quote");
        observation::record(&store.database, REGION, std::slice::from_ref(&before)).await.unwrap();
        let now = Observation { services: vec!["Lambda".into(), "S3".into()], ..before };
        observation::record(&store.database, REGION, std::slice::from_ref(&now)).await.unwrap();

        let newest = list(&store.database, Filter::default()).await.remove(0);
        assert_eq!(newest.observation.services, now.services);
        let of_ec2 = Filter { service: Some("EC2".into()), ..Filter::default() };
        assert!(list(&store.database, of_ec2).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn every_filter_narrows() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let everything = Filter::default();
        let cases = [
            (everything.clone(), 18),
            (Filter { region: Some("eu-west-1".into()), ..everything.clone() }, 9),
            (Filter { service: Some("SQS".into()), ..everything.clone() }, 6),
            (Filter { service: Some("EC2".into()), ..everything.clone() }, 18),
            (Filter { service: Some("Lambda".into()), ..everything.clone() }, 0),
            (Filter { probe: Some("voting_game".into()), ..everything.clone() }, 12),
            (Filter { probe: Some("quotes".into()), ..everything.clone() }, 6),
            (Filter { outcome: Some(Outcome::Skipped), ..everything.clone() }, 6),
            (Filter { from: Some(minute(2)), ..everything.clone() }, 4),
            (Filter { to: Some(minute(1)), ..everything.clone() }, 10),
        ];
        for (filter, expected) in cases {
            let rows = list(&store.database, filter.clone()).await;
            assert_eq!(rows.len(), expected, "{filter:?}");
        }
        let one = Filter {
            run: Some("us-east-1-20261119T1801Z".into()),
            region: Some(REGION.into()),
            service: Some("EC2".into()),
            probe: Some("voting_game".into()),
            outcome: Some(Outcome::Skipped),
            from: Some(minute(1)),
            to: Some(minute(2)),
        };
        let rows = list(&store.database, one).await;
        let steps: Vec<_> = rows.iter().map(|row| (row.slot, &row.observation.step)).collect();
        assert_eq!(steps, [(Some(minute(1)), &"read_vote".into())]);
    })
    .await;
}

#[tokio::test]
async fn a_walk_by_cursor_meets_every_row_once_and_in_order() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let filter = Filter::default();
        let whole = list(&store.database, filter.clone()).await;
        assert!(whole.is_sorted_by(|a, b| {
            (a.observation.started_at, a.id) > (b.observation.started_at, b.id)
        }));
        for limit in [1, 2, 3, 4, 5, 17, 18, 19] {
            let mut walked = Vec::new();
            let mut page = PageRequest { limit, after: None };
            loop {
                let part = observation::list(&store.database, &filter, &page).await.unwrap();
                walked.extend(part.items);
                let Some(next) = part.next else { break };
                page.after = Some(Cursor::from_client(next.to_string()));
            }
            assert_eq!(walked, whole, "{limit} at a time");
        }
    })
    .await;
}

#[tokio::test]
async fn forged_cursors_and_unknown_names_are_refused() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let page = PageRequest { limit: 1, after: None };
        let other_list =
            model::measurement::list(&store.database, &Default::default(), &page).await;
        let other_list = other_list.unwrap().next.unwrap();
        // `["observations",["-9999-01-01T00:00:00Z",1]]`: no row is that old.
        let ancient = "WyJvYnNlcnZhdGlvbnMiLFsiLTk5OTktMDEtMDFUMDA6MDA6MDBaIiwxXV0";
        for forged in [other_list, Cursor::from_client("AAAA"), Cursor::from_client(ancient)] {
            let page = PageRequest { limit: 1, after: Some(forged) };
            let answer = observation::list(&store.database, &Filter::default(), &page).await;
            assert!(matches!(answer, Err(Error::Cursor)), "{answer:?}");
        }
        let region = Filter { region: Some("mars".into()), ..Filter::default() };
        let error = observation::list(&store.database, &region, &page).await.unwrap_err();
        assert!(matches!(error, Error::UnknownRegion { .. }));
        let service = Filter { service: Some("mars".into()), ..Filter::default() };
        let error = observation::list(&store.database, &service, &page).await.unwrap_err();
        assert!(matches!(error, Error::UnknownService { .. }));
    })
    .await;
}
