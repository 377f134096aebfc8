//! Incidents: how they come, go on and end with the rounds.

use chrono::Utc;
use model::{
    Database, Error, Explanation, Failure, Fault, PageRequest, Planes, Status,
    incident::{self, Detailed, Filter, Incident, Kind},
    measurement::Measurement,
    observation::Observation,
    round::{self, Round},
};

use crate::{
    builders::{REGION, application, iam, judged, minute, round, seen},
    databases::on_each_database,
};

use Status::{Degraded, Down, Unknown, Up};

const GAME: &str = "SQS + EC2 Voting Game";

async fn record(database: &Database, round: &Round) {
    round::record(database, round, Utc::now()).await.unwrap();
}

/// Records these slots in the order of time, from minute `first` on.
async fn play(database: &Database, first: i64, slots: &[&[Measurement]]) {
    for (n, slot) in (first..).zip(slots) {
        record(database, &round(n, slot.to_vec())).await;
    }
}

/// So many slots in which these are up.
async fn well(database: &Database, minutes: std::ops::Range<i64>, services: &[&'static str]) {
    for n in minutes {
        let up: Vec<_> = services.iter().map(|service| judged(service, Up)).collect();
        record(database, &round(n, up)).await;
    }
}

async fn list(database: &Database, filter: &Filter) -> Vec<Incident> {
    let page = PageRequest { limit: 100, after: None };
    incident::list(database, filter, &page).await.unwrap().items
}

async fn all(database: &Database) -> Vec<Incident> {
    list(database, &Filter::default()).await
}

async fn only(database: &Database) -> Detailed {
    let all = all(database).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    incident::read(database, all[0].id).await.unwrap()
}

fn failing(service: &'static str, status: Status, cause: Failure) -> Measurement {
    Measurement { cause: Some(cause), ..judged(service, status) }
}

fn explained(
    judged: Measurement,
    fault: Option<Fault>,
    suspect: Option<&'static str>,
) -> Measurement {
    let explanation = Explanation {
        reason: "it is so".into(),
        rule: 7,
        fault,
        suspect: suspect.map(Into::into),
        planes: Planes { data: Some(judged.status), ..Planes::default() },
    };
    Measurement { explanation: Some(explanation), ..judged }
}

fn ours(service: &'static str) -> Measurement {
    explained(failing(service, Unknown, Failure::Local), Some(Fault::Ours), None)
}

#[tokio::test]
async fn an_outage_is_one_incident_from_its_first_slot_to_the_first_well_one() {
    on_each_database(async |store| {
        let database = &store.database;
        let down = [failing("S3", Down, Failure::Http5xx)];
        play(database, 0, &[&[judged("S3", Up)], &down, &down, &down]).await;
        well(database, 4..13, &["S3"]).await;
        assert_eq!(only(database).await.incident.ended_at, None, "nine well slots are too few");

        well(database, 13..14, &["S3"]).await;
        let Detailed { incident, timeline, .. } = only(database).await;
        assert_eq!((incident.started_at, incident.ended_at), (minute(1), Some(minute(4))));
        assert_eq!((incident.slots, incident.status, incident.fault), (3, Down, Fault::Provider));
        assert_eq!(incident.reason, "S3: the answer is a 5xx");
        let told: Vec<_> = timeline.iter().map(|update| (update.at, update.kind)).collect();
        assert_eq!(told, [(minute(1), Kind::Opened), (minute(4), Kind::Resolved)]);
    })
    .await;
}

#[tokio::test]
async fn a_service_that_flaps_is_one_incident_and_one_that_fails_again_later_is_another() {
    on_each_database(async |store| {
        let database = &store.database;
        let down = [failing("S3", Down, Failure::Connect)];
        for n in [0, 4, 8] {
            play(database, n, &[&down]).await;
            well(database, n + 1..n + 4, &["S3"]).await;
        }
        assert_eq!(only(database).await.incident.slots, 3);
        well(database, 12..20, &["S3"]).await;
        play(database, 20, &[&down]).await;
        assert_eq!(all(database).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn services_that_fail_by_one_cause_and_what_suffers_from_them_are_one_incident() {
    on_each_database(async |store| {
        let database = &store.database;
        let fault = Some(Fault::Provider);
        let dynamo = || explained(failing("DynamoDB", Down, Failure::Resolve), fault, None);
        let game = explained(application(GAME, Down), Some(Fault::Ours), Some("DynamoDB"));
        let lambda = explained(failing("Lambda", Down, Failure::Resolve), fault, None);
        let other = explained(failing("SQS", Degraded, Failure::Throttled), fault, None);
        play(database, 0, &[&[dynamo(), game], &[dynamo(), lambda], &[other, dynamo()]]).await;

        let found = all(database).await;
        let services: Vec<_> = found.iter().map(|found| found.services.join(" + ")).collect();
        assert_eq!(services, ["SQS", &format!("DynamoDB + Lambda + {GAME}")]);
        let grown = incident::read(database, found[1].id).await.unwrap();
        assert_eq!(grown.timeline.len(), 2, "opened, and Lambda came in");
        assert_eq!(grown.timeline[0].services, ["DynamoDB", GAME]);
        assert_eq!((grown.incident.slots, grown.incident.rule), (3, 7));
    })
    .await;
}

#[tokio::test]
async fn an_attribution_that_changes_updates_its_incident() {
    on_each_database(async |store| {
        let database = &store.database;
        let alone = explained(application(GAME, Down), Some(Fault::Ours), None);
        let game = explained(application(GAME, Down), Some(Fault::Ours), Some("SQS"));
        let sqs =
            explained(failing("SQS", Degraded, Failure::Intermittent), Some(Fault::Provider), None);
        play(database, 0, &[&[alone, judged("SQS", Up)], &[game, sqs]]).await;
        let Detailed { incident, timeline, .. } = only(database).await;
        assert_eq!((incident.started_at, incident.fault), (minute(0), Fault::Provider));
        assert_eq!(incident.reason, "SQS: it is so");
        assert_eq!(timeline[0].reason, format!("{GAME}: it is so"));
        assert_eq!(timeline[1].kind, Kind::Updated);
    })
    .await;
}

#[tokio::test]
async fn a_fault_of_the_monitor_is_never_an_incident_of_the_provider() {
    on_each_database(async |store| {
        let database = &store.database;
        let down = || failing("S3", Down, Failure::Timeout);
        play(database, 0, &[&[ours("S3"), ours("SQS")], &[down(), judged("SQS", Up)]]).await;
        // Blind, the monitor cannot say that it is over.
        for n in 2..14 {
            record(database, &round(n, [ours("S3"), ours("SQS")])).await;
        }
        let found = all(database).await;
        let told: Vec<_> = found.iter().map(|of| (of.fault, of.status, of.slots)).collect();
        assert_eq!(told, [(Fault::Provider, Down, 1), (Fault::Ours, Unknown, 13)]);
        assert!(found.iter().all(|of| of.ended_at.is_none()));
    })
    .await;
}

#[tokio::test]
async fn what_is_global_has_an_incident_of_its_own() {
    on_each_database(async |store| {
        let database = &store.database;
        record(database, &round(0, [iam(Down), judged("S3", Down)])).await;
        let in_region = |region: &str| Filter { region: Some(region.into()), ..Filter::default() };
        assert_eq!(list(database, &in_region("global")).await[0].services, ["IAM"]);
        assert_eq!(list(database, &in_region(REGION)).await[0].services, ["S3"]);
    })
    .await;
}

#[tokio::test]
async fn rounds_in_any_order_and_repeated_make_the_same_incidents() {
    on_each_database(async |store| {
        let database = &store.database;
        let slots = |n: i64| match n {
            3 | 5 | 7 | 40 => failing("S3", Down, Failure::Timeout),
            _ => judged("S3", Up),
        };
        // The last of the row comes first, then every other one, then the rest, and some again.
        let order = [50].into_iter().chain((0..50).step_by(2)).chain((1..50).step_by(2));
        for n in order.chain([3, 5, 6]) {
            record(database, &round(n, [slots(n)])).await;
        }
        let found = all(database).await;
        let told: Vec<_> = found.iter().map(|of| (of.started_at, of.ended_at, of.slots)).collect();
        let expected = [(minute(40), Some(minute(41)), 1), (minute(3), Some(minute(8)), 3)];
        assert_eq!(told, expected);
        let first = incident::read(database, found[1].id).await.unwrap();
        assert_eq!(first.timeline.len(), 2, "{:?}", first.timeline);
    })
    .await;
}

#[tokio::test]
async fn evidence_is_what_failed_meanwhile_of_what_the_services_are_needed_for() {
    on_each_database(async |store| {
        let database = &store.database;
        let failed = |n, step| Observation {
            outcome: model::Outcome::Failed,
            failure: Some(Failure::Timeout),
            started_at: minute(n),
            ..seen("ec2", step)
        };
        let other = Observation { services: vec!["S3".into()], ..failed(1, "of_s3") };
        let before =
            Round { observations: vec![failed(0, "before")], ..round(0, [judged("EC2", Up)]) };
        let during = Round {
            observations: vec![
                failed(1, "first"),
                other,
                Observation { started_at: minute(1), ..seen("ec2", "works") },
            ],
            ..round(1, [failing("EC2", Down, Failure::Timeout)])
        };
        record(database, &before).await;
        record(database, &during).await;
        let Detailed { evidence, is_truncated, .. } = only(database).await;
        let steps: Vec<_> = evidence.iter().map(|seen| &*seen.observation.step).collect();
        assert_eq!((steps, is_truncated), (vec!["first"], false));
    })
    .await;
}

#[tokio::test]
async fn the_evidence_of_slowness_is_how_long_each_attempt_took() {
    on_each_database(async |store| {
        let database = &store.database;
        let skipped =
            Observation { outcome: model::Outcome::Skipped, total_us: None, ..seen("ec2", "next") };
        let slow = Observation { total_us: Some(900_000), ..seen("ec2", "describe") };
        let of_s3 = Observation { services: vec!["S3".into()], ..seen("s3", "get") };
        let round = Round {
            observations: vec![slow, skipped, of_s3],
            ..round(0, [failing("EC2", Degraded, Failure::Slow)])
        };
        record(database, &round).await;
        let evidence = only(database).await.evidence;
        let took: Vec<_> = evidence
            .iter()
            .map(|seen| (&*seen.observation.step, seen.observation.total_us))
            .collect();
        assert_eq!(took, [("describe", Some(900_000))]);
    })
    .await;
}

#[tokio::test]
async fn pages_and_filters_find_incidents() {
    on_each_database(async |store| {
        let database = &store.database;
        for n in 0..3 {
            play(database, n * 20, &[&[failing("S3", Down, Failure::Tls)]]).await;
            well(database, n * 20 + 1..n * 20 + 12, &["S3"]).await;
        }
        record(database, &round(60, [judged("SQS", Down)])).await;
        let mut page = PageRequest { limit: 2, after: None };
        let first = incident::list(database, &Filter::default(), &page).await.unwrap();
        page.after = first.next.clone();
        let second = incident::list(database, &Filter::default(), &page).await.unwrap();
        let starts = |page: &model::Page<Incident>| -> Vec<_> {
            page.items.iter().map(|item| item.started_at).collect()
        };
        assert_eq!(starts(&first), [minute(60), minute(40)]);
        assert_eq!(starts(&second), [minute(20), minute(0)]);

        let open = Filter { open: Some(true), ..Filter::default() };
        assert_eq!(list(database, &open).await[0].services, ["SQS"]);
        let over = Filter { open: Some(false), service: Some("S3".into()), ..Filter::default() };
        assert_eq!(list(database, &over).await.len(), 3);
        let span = Filter { from: Some(minute(15)), to: Some(minute(30)), ..Filter::default() };
        assert_eq!(list(database, &span).await.len(), 1);
        let unknown = incident::read(database, 999).await;
        assert!(matches!(unknown, Err(Error::UnknownIncident { id: 999 })));
    })
    .await;
}
