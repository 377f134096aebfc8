//! Random histories: whatever was recorded, rolled up and asked in whatever order, the answers
//! are those of a count by hand.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    By, Database, Retention, Selection, Status, Width, Window, latency,
    maintenance::{self, Done},
    measurement::Measurement,
    round::{self, Round},
    service::Kind,
    tally::{self, Bucket},
    uptime::{self, Question},
};

use crate::{
    builders::{application, iam, judged, minute, round},
    databases::on_each_database,
    naive::{History, Random},
};

const DAYS: i64 = 4;

async fn maintain(database: &Database, now: DateTime<Utc>) -> Done {
    let budget = Duration::from_secs(60);
    maintenance::run(database, &Retention::default(), now, budget).await.unwrap()
}

fn some_status(random: &mut Random) -> Status {
    [Status::Up, Status::Up, Status::Degraded, Status::Down, Status::Unknown]
        [usize::try_from(random.below(5)).unwrap()]
}

/// A round of some minute of the days, which judged something.
fn some_round(random: &mut Random) -> Round {
    // Half of all rounds are in a few hours, so that these have many.
    let n = match random.below(2) {
        0 => random.below(DAYS * 24 * 60),
        _ => 24 * 60 + random.below(3 * 60),
    };
    let mut some = |judged: Measurement| {
        let latency = i32::try_from(random.below(200_000) + 1).unwrap();
        let status = some_status(random);
        let latency_us = (status == Status::Up).then_some(latency);
        Measurement { status, latency_us, ..judged }
    };
    let mut measurements = vec![
        some(judged("SQS", Status::Up)),
        some(iam(Status::Up)),
        some(application("Quotes", Status::Up)),
    ];
    measurements.remove(usize::try_from(random.below(3)).unwrap());
    let region = ["us-east-1", "eu-west-1"][usize::try_from(random.below(2)).unwrap()];
    Round { region: region.into(), ..round(n, measurements) }
}

/// A window of some hours or days, now and then with ragged edges.
fn some_window(random: &mut Random) -> Window {
    let (from, length) = (random.below(DAYS * 24 * 60) - 600, random.below(DAYS * 24 * 60));
    let edge = TimeDelta::seconds(random.below(2) * random.below(60));
    Window { from: minute(from) + edge, to: minute(from + length) }
}

async fn assert_answers(database: &Database, history: &History, random: &mut Random) {
    use {By::*, Width::*};
    for (by, width) in [
        (Both, Day),
        (Service, Hour),
        (Region, Minute),
        (Both, Hour),
        (Service, Day),
        (Region, Day),
    ]
    .repeat(3)
    {
        let now = minute(random.below(DAYS * 24 * 60 + 3_000));
        let selection = Selection::default();
        let question = Question { selection, window: some_window(random), by, width: Some(width) };
        let answer = uptime::of(database, &question, now).await.unwrap();
        assert_eq!(answer.window, question.window.ended(now));
        let expected = history.uptime(answer.window, by, width);
        // A window without a slot has no bucket, and its subjects count nothing.
        let found = answer.items.into_iter().filter(|_| !answer.window.is_empty());
        let expected = expected.into_iter().filter(|_| !answer.window.is_empty());
        assert!(found.eq(expected), "{question:?} at {now}");
        assert_latencies(database, history, &question, now).await;
    }
}

async fn assert_latencies(
    database: &Database,
    history: &History,
    question: &Question,
    now: DateTime<Utc>,
) {
    let answer = latency::of(database, question, now).await.unwrap();
    let expected = history.latencies(answer.window, question.by);
    let subjects: Vec<_> = answer.items.iter().map(|item| &item.subject).collect();
    assert_eq!(subjects, expected.keys().collect::<Vec<_>>(), "{question:?}");
    for (found, expected) in answer.items.iter().zip(expected.values()) {
        assert_eq!(found.total.count, u64::try_from(expected.len()).unwrap());
        let counts: u64 = found.buckets.iter().map(|bucket| bucket.percentiles.count).sum();
        assert_eq!(counts, found.total.count);
        let exact = f64::from(expected[expected.len().div_ceil(2) - 1]);
        #[expect(clippy::cast_precision_loss, reason = "some seconds")]
        let error = (found.total.p50_us as f64 - exact).abs() / exact;
        assert!(error <= 0.02, "{} instead of {exact}", found.total.p50_us);
    }
}

/// The first dashboard's series, from the answers of [`uptime`], which are checked by hand.
async fn assert_series(database: &Database, history: &History, from: DateTime<Utc>) {
    for region in history.regions() {
        let window = Window { from, to: minute(DAYS * 24 * 60) };
        let region_and_global =
            Selection { region: Some(region.into()), with_global: true, ..Selection::default() };
        let series = async |bucket| {
            tally::series(database, &region_and_global, window, bucket).await.unwrap()
        };
        let (hours, minutes) = (series(Bucket::Hour).await, series(Bucket::Minute).await);
        let expected: i64 = history
            .uptime(window, By::Region, Width::Day)
            .iter()
            .filter(|item| {
                let of = item.subject.region.as_deref();
                of == Some(region) || of == Some("global")
            })
            .map(|item| item.total.judged())
            .sum();
        for series in [hours, minutes] {
            let judged: i64 = series.iter().map(|tally| tally.up + tally.down).sum();
            assert_eq!(judged, expected, "{region} from {from}");
        }
    }
}

#[tokio::test]
async fn answers_are_the_same_however_much_is_rolled_up() {
    on_each_database(async |store| {
        let (database, mut random) = (&store.database, Random(7));
        let mut history = History::default();
        let mut recorded = std::collections::HashSet::new();
        for turn in 0..300 {
            let round = some_round(&mut random);
            if recorded.insert((round.region.clone(), round.slot)) {
                history.take(&round);
            }
            round::record(database, &round, round.slot).await.unwrap();
            if turn % 50 == 49 {
                assert_answers(database, &history, &mut random).await;
                maintain(database, minute(random.below(DAYS * 24 * 60))).await;
                assert_answers(database, &history, &mut random).await;
                assert_series(database, &history, minute(random.below(2 * 24 * 60))).await;
            }
        }
        let late = minute((DAYS + 1) * 24 * 60);
        assert!(maintain(database, late).await.finished);
        for _ in 0..5 {
            assert_answers(database, &history, &mut random).await;
        }
        assert_series(database, &history, minute(-60)).await;
    })
    .await;
}

#[tokio::test]
async fn days_that_are_summed_up_have_nothing_of_another_region_or_kind() {
    on_each_database(async |store| {
        let database = &store.database;
        for (region, status) in [("us-east-1", Status::Up), ("eu-west-1", Status::Down)] {
            let all = [judged("SQS", status), iam(Status::Up), application("Quotes", status)];
            let round = Round { region: region.into(), ..round(0, all) };
            round::record(database, &round, round.slot).await.unwrap();
        }
        let late = minute(3 * 24 * 60);
        assert_eq!(maintain(database, late).await.days, 3);
        let selection = Selection {
            region: Some("us-east-1".into()),
            with_global: true,
            kind: Some(Kind::Service),
            ..Selection::default()
        };
        for (by, expected) in [
            (By::Service, [("SQS", 1, 0), ("IAM", 1, 0)].as_slice()),
            (By::Region, [("us-east-1", 1, 0), ("global", 1, 0)].as_slice()),
        ] {
            let window = Window { from: minute(-18 * 60), to: minute(6 * 60) };
            let question =
                Question { selection: selection.clone(), window, by, width: Some(Width::Day) };
            let answer = uptime::of(database, &question, late).await.unwrap();
            let mut found: Vec<_> = answer
                .items
                .iter()
                .map(|item| (item.subject.service.as_ref().or(item.subject.region.as_ref()), item))
                .map(|(name, item)| (name.unwrap().as_str(), item.total.up, item.total.down))
                .collect();
            found.sort_unstable_by(|one, other| other.cmp(one));
            assert_eq!(found, expected, "{by:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn rolling_up_again_changes_nothing() {
    use model::rollup::{day, hour, mark};
    use sea_orm::{EntityTrait, QueryOrder};
    on_each_database(async |store| {
        let (database, mut random) = (&store.database, Random(11));
        for _ in 0..100 {
            let round = some_round(&mut random);
            round::record(database, &round, round.slot).await.unwrap();
        }
        let late = minute((DAYS + 1) * 24 * 60);
        let rolled = async || {
            let done = maintain(database, late).await;
            let hours = hour::Entity::find()
                .order_by_asc(hour::COLUMN.hour)
                .order_by_asc(hour::COLUMN.region_id)
                .order_by_asc(hour::COLUMN.service_id);
            let days = day::Entity::find()
                .order_by_asc(day::COLUMN.day)
                .order_by_asc(day::COLUMN.region_id)
                .order_by_asc(day::COLUMN.service_id);
            let rows = (hours.all(database).await.unwrap(), days.all(database).await.unwrap());
            (done.hours, done.days, rows)
        };
        let first = rolled().await;
        assert!(first.0 > 50 && first.1 > 5, "{} hours, {} days", first.0, first.1);
        assert_eq!(rolled().await, (0, 0, first.2.clone()), "nothing was due");
        mark(database, Window { from: minute(0), to: late }).await.unwrap();
        assert_eq!(rolled().await, first);
    })
    .await;
}
