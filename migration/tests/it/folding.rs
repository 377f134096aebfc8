//! What becomes of the source's rows.

use chrono::{DateTime, Utc};
use model::{Retention, maintenance};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::{
    databases::{Measured, on_each_target, on_two_targets_of_each_kind},
    source::Row,
};

pub(crate) const UP: i16 = 0;
pub(crate) const DEGRADED: i16 = 1;
pub(crate) const DOWN: i16 = 2;
const SERVICE: i16 = 0;
const APPLICATION: i16 = 1;

/// A time of 2024-02-29.
fn time(text: &str) -> DateTime<Utc> {
    format!("2024-02-29T{text}Z").parse().unwrap()
}

/// A service of us-east-1.
fn measured(at: &str, service: &str, status: i16, latency_us: Option<i32>) -> Measured {
    (time(at), "us-east-1".into(), service.into(), SERVICE, status, latency_us)
}

#[tokio::test]
async fn a_minute_of_a_dimension_in_a_region_is_one_measurement() {
    on_each_target(async |source, target| {
        let here = "us-east-1";
        source
            .add(&[
                ("18:00:00", "EC2", here, 1, 100),
                ("18:00:59.999", "EC2", here, 1, 300),
                ("18:01:00", "EC2", here, 1, 100),
                ("18:01:30", "EC2", here, 0, 1_800_000),
                ("18:02:10", "EC2", here, 0, 1_800_000),
                ("18:02:20", "EC2", here, 0, 70),
                ("18:03:10", "EC2", here, 1, 1_800_000),
                ("18:03:20", "SQS", here, 1, 1_799_999),
            ])
            .await;
        let report = target.import(source, |_| {}).await.unwrap();
        assert_eq!((report.read, report.folded, report.measurements), (8, 8, 5));
        let expected = [
            measured("18:00:00", "EC2", UP, Some(300_000)),
            measured("18:01:00", "EC2", DEGRADED, None),
            measured("18:02:00", "EC2", DOWN, None),
            measured("18:03:00", "EC2", UP, None),
            measured("18:03:00", "SQS", UP, Some(1_799_999_000)),
        ];
        assert_eq!(target.measured().await, expected);
    })
    .await;
}

#[tokio::test]
async fn applications_and_global_services_are_told_from_the_others() {
    on_each_target(async |source, target| {
        let rows: [Row; 6] = [
            ("18:00:01", "IAM", "us-east-1", 1, 10),
            ("18:00:02", "IAM", "eu-west-1", 0, 10),
            ("18:00:03", "Monitor - SQS", "eu-west-1", 1, 10),
            ("18:00:04", "SQS + EC2 Voting Game", "eu-west-1", 1, 10),
            ("18:00:05", "API Gateway", "eu-west-1", 1, 10),
            ("18:01:00", "IAM", "eu-west-1", 1, 10),
        ];
        source.add(&rows).await;
        target.import(source, |_| {}).await.unwrap();
        let found: Vec<_> = target
            .measured()
            .await
            .into_iter()
            .map(|(slot, region, service, kind, status, _)| (slot, region, service, kind, status))
            .collect();
        let row = |at: &str, region: &str, service: &str, kind, status| {
            (time(at), region.to_owned(), service.to_owned(), kind, status)
        };
        let expected = [
            row("18:00:00", "eu-west-1", "API Gateway", SERVICE, UP),
            row("18:00:00", "eu-west-1", "Monitor - SQS", APPLICATION, UP),
            row("18:00:00", "eu-west-1", "SQS + EC2 Voting Game", APPLICATION, UP),
            row("18:00:00", "global", "IAM", SERVICE, DEGRADED),
            row("18:01:00", "global", "IAM", SERVICE, UP),
        ];
        assert_eq!(found, expected);
    })
    .await;
}

#[tokio::test]
async fn an_index_on_the_time_changes_nothing_but_the_way() {
    on_two_targets_of_each_kind(async |source, [sorted, indexed]| {
        source.add_minutes(300).await;
        let one = sorted.import(source, |_| {}).await.unwrap();
        source.sql("CREATE INDEX ON cloud_monitor.metrics (timestamp)").await;
        let other = indexed.import(source, |_| {}).await.unwrap();
        assert_eq!((one.read, &one), (3_600, &other));
        let (sorted, indexed) = (sorted.measured().await, indexed.measured().await);
        assert_eq!(sorted.len(), 300 * 9);
        assert!(sorted == indexed, "the measurements differ");
    })
    .await;
}

#[tokio::test]
async fn the_hours_are_rolled_up_and_their_months_are_there() {
    on_each_target(async |source, target| {
        // Over the end of a month, and across it a leap day.
        source.add_minutes(11 * 1_440).await;
        target.import(source, |_| {}).await.unwrap();
        let database = &target.database;
        let minute = std::time::Duration::from_secs(60);
        let kept = Retention { measurements_days: u16::MAX, observations_days: 30 };
        let done = maintenance::run(database, &kept, Utc::now(), minute * 5).await.unwrap();
        assert!(done.finished, "{done:?}");
        assert_eq!((done.hours, done.days), (11 * 24 * 3, 11 * 3), "of three regions");
        let rolled = "SELECT sum(up + degraded + down) FROM rollup_day";
        let rows = target.number("SELECT count(*) FROM measurement").await;
        assert_eq!(rows, 11 * 1_440 * 9);
        assert_eq!(target.number(rolled).await, rows);
        if database.get_database_backend() == DbBackend::Postgres {
            let march = "SELECT count(*) FROM measurement_p20240301";
            assert_eq!(target.number(march).await, 1_440 * 9);
        }
    })
    .await;
}
