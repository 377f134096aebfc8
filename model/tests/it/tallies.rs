//! Counting up and down for the first dashboard.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Database, Error, Selection, Status, Window,
    round::{self, Round},
    tally::{self, Bucket, Recent, Tally},
};

use crate::{
    builders::{REGION, application, iam, judged, minute, round},
    databases::on_each_database,
};

async fn record(database: &Database, round: Round) {
    round::record(database, &round, minute(0)).await.unwrap();
}

fn tally(service: &str, start: DateTime<Utc>, up: i64, down: i64) -> Tally {
    Tally { service: service.into(), start, up, down }
}

/// What a region's page shows, from minute `n` on.
async fn series(
    database: &Database,
    region: &str,
    n: i64,
    bucket: Bucket,
) -> Result<Vec<Tally>, Error> {
    let selection =
        Selection { region: Some(region.into()), with_global: true, ..Selection::default() };
    let window = Window { from: minute(n), to: minute(60) };
    tally::series(database, &selection, window, bucket).await
}

/// 17:58 to 18:01, so that the hour changes in the middle.
async fn fill(database: &Database) {
    use Status::*;
    for (n, sqs) in [(-2, Up), (-1, Degraded), (0, Down), (1, Unknown)] {
        let quotes = application("Quotes", Down);
        record(database, round(n, [judged("SQS", sqs), quotes, iam(Up)])).await;
        let elsewhere = round(n, [judged("SQS", Down)]);
        record(database, Round { region: "eu-west-1".into(), ..elsewhere }).await;
    }
}

#[tokio::test]
async fn hours_count_degraded_as_up_and_leave_unknown_out() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let series = series(&store.database, REGION, -60, Bucket::Hour);
        let expected = [
            tally("IAM", minute(-60), 2, 0),
            tally("IAM", minute(0), 2, 0),
            tally("Quotes", minute(-60), 0, 2),
            tally("Quotes", minute(0), 0, 2),
            tally("SQS", minute(-60), 2, 0),
            tally("SQS", minute(0), 0, 1),
        ];
        assert_eq!(series.await.unwrap(), expected);
    })
    .await;
}

#[tokio::test]
async fn minutes_without_a_judged_slot_are_absent() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let series = series(&store.database, REGION, -1, Bucket::Minute);
        let expected = [
            tally("IAM", minute(-1), 1, 0),
            tally("IAM", minute(0), 1, 0),
            tally("IAM", minute(1), 1, 0),
            tally("Quotes", minute(-1), 0, 1),
            tally("Quotes", minute(0), 0, 1),
            tally("Quotes", minute(1), 0, 1),
            tally("SQS", minute(-1), 1, 0),
            tally("SQS", minute(0), 0, 1),
        ];
        assert_eq!(series.await.unwrap(), expected);
    })
    .await;
}

#[tokio::test]
async fn a_series_of_an_unknown_region_is_refused() {
    on_each_database(async |store| {
        let series = series(&store.database, "mars", 0, Bucket::Hour).await;
        assert!(matches!(series, Err(Error::UnknownRegion { name }) if name == "mars"));
    })
    .await;
}

#[tokio::test]
async fn a_series_of_the_global_region_counts_its_rows_once() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let series = series(&store.database, "global", 0, Bucket::Hour).await;
        assert_eq!(series.unwrap(), [tally("IAM", minute(0), 2, 0)]);
    })
    .await;
}

#[tokio::test]
async fn the_last_hour_is_sixty_slots_and_the_last_day_1440() {
    on_each_database(async |store| {
        // Each of these minutes lies on one side of a border, seen from 18:00.
        for n in [-24 * 60, -24 * 60 + 1, -60, -59, 0] {
            let judged = [judged("SQS", Status::Up), application("Quotes", Status::Up)];
            record(&store.database, round(n, judged)).await;
        }
        for seconds in [0, 59] {
            let now = minute(0) + TimeDelta::seconds(seconds);
            let recent = tally::recent(&store.database, now).await.unwrap();
            let expected = Recent {
                region: REGION.into(),
                service: "SQS".into(),
                hour_up: 2,
                hour_down: 0,
                day_up: 4,
                day_down: 0,
            };
            assert_eq!(recent, [expected], "{seconds} s after the minute");
        }
    })
    .await;
}

#[tokio::test]
async fn recent_counts_are_by_region_then_by_service() {
    on_each_database(async |store| {
        fill(&store.database).await;
        let recent = tally::recent(&store.database, minute(1)).await.unwrap();
        let counts: Vec<_> = recent
            .iter()
            .map(|row| (row.region.as_str(), row.service.as_str(), row.day_up, row.day_down))
            .collect();
        let expected =
            [("eu-west-1", "SQS", 0, 4), ("global", "IAM", 4, 0), ("us-east-1", "SQS", 2, 1)];
        assert_eq!(counts, expected);
        assert!(
            recent.iter().all(|row| (row.hour_up, row.hour_down) == (row.day_up, row.day_down))
        );
    })
    .await;
}
