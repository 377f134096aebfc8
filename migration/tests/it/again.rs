//! Importing again: what is new, what was there, what came late, and what is only counted.

use model::Status;

use crate::{
    databases::{Target, on_each_target},
    folding::{DOWN, UP},
    rounds::{measure, minute},
};

#[tokio::test]
async fn what_was_taken_over_is_not_read_again() {
    on_each_target(async |source, target| {
        source.add_minutes(60).await;
        let first = target.import(source, |_| {}).await.unwrap();
        let measured = target.measured().await;
        let second = target.import(source, |_| {}).await.unwrap();
        assert_eq!((first.read, second.read), (720, 0));
        assert_eq!((second.folded, second.there, second.late), (720, 0, 0));

        let again = target.import(source, |options| options.again = true).await.unwrap();
        assert_eq!((again.read, again.folded, again.there), (720, 0, 720));
        assert_eq!(target.measured().await, measured);
    })
    .await;
}

#[tokio::test]
async fn rows_of_minutes_that_are_not_over_are_left_for_the_next_time() {
    on_each_target(async |source, target| {
        source
            .sql(
                "INSERT INTO cloud_monitor.metrics
                    (timestamp, dimension, region, value, response_time)
                SELECT date_trunc('minute', now()) - number * interval '1 min' + interval '30 s',
                    'SQS', 'us-east-1', 1, 10 FROM generate_series(-1, 9) AS number",
            )
            .await;
        let report = target.import(source, |_| {}).await.unwrap();
        // Another minute may have begun since the rows were made.
        assert!([7, 8].contains(&report.folded), "{report}");
        assert_eq!(report.folded + report.survey.later, 11, "{report}");
    })
    .await;
}

#[tokio::test]
async fn rows_that_came_late_are_counted_and_read_when_everything_is() {
    on_each_target(async |source, target| {
        source.add_minutes(60).await;
        target.import(source, |_| {}).await.unwrap();
        source.add(&[("18:00:00", "SQS", "us-east-1", 1, 10)]).await;
        source
            .sql(
                "INSERT INTO cloud_monitor.metrics
                    (timestamp, dimension, region, value, response_time)
                SELECT '2024-02-20Z'::timestamptz - interval '1 min', 'SQS', 'us-east-1', 0, 10",
            )
            .await;
        let report = target.import(source, |_| {}).await.unwrap();
        assert_eq!((report.read, report.late), (0, 2), "{report}");
        let report = target.import(source, |options| options.again = true).await.unwrap();
        assert_eq!((report.folded, report.there, report.late), (2, 720, 0), "{report}");
    })
    .await;
}

/// Rounds of our own, at 18:00 and 18:02 of 2024-02-29.
async fn measure_twice(target: &Target) {
    for slot in ["2024-02-29T18:00:00Z", "2024-02-29T18:02:00Z"] {
        measure(target, slot.parse().unwrap(), &["SQS"], Status::Down).await;
    }
}

#[tokio::test]
async fn rounds_that_are_recorded_meanwhile_stand_in_nobodys_way() {
    const MINUTES: u32 = 4_000;
    on_each_target(async |source, target| {
        source.add_minutes(MINUTES).await;
        let recorder = Target::at(&target.url).await;
        let recording = async {
            for n in (0..MINUTES).step_by(20) {
                measure(&recorder, minute(n.into()), &["SQS"], Status::Down).await;
            }
        };
        let (report, ()) = tokio::join!(target.import(source, |_| {}), recording);
        let report = report.unwrap();
        assert_eq!(report.folded + report.there, i64::from(MINUTES) * 12, "{report}");
        assert_eq!(target.measured().await.len(), usize::try_from(MINUTES).unwrap() * 9);
    })
    .await;
}

#[tokio::test]
async fn what_we_measured_ourselves_stays() {
    on_each_target(async |source, target| {
        measure_twice(target).await;
        let here = "us-east-1";
        source
            .add(&[
                ("17:59:00", "SQS", here, 1, 10),
                ("18:00:10", "SQS", here, 1, 10),
                ("18:00:20", "SQS", here, 1, 10),
                ("18:01:00", "SQS", here, 1, 10),
                ("18:02:00", "EC2", here, 1, 10),
                ("18:03:00", "SQS", here, 1, 10),
            ])
            .await;
        let report = target.import(source, |_| {}).await.unwrap();
        assert_eq!((report.folded, report.there, report.measurements), (4, 2, 4), "{report}");
        let sqs: Vec<_> = target
            .measured()
            .await
            .into_iter()
            .filter(|(_, _, service, ..)| service == "SQS")
            .map(|(slot, _, _, _, status, _)| (slot.format("%H:%M").to_string(), status))
            .collect();
        let expected =
            [("17:59", UP), ("18:00", DOWN), ("18:01", UP), ("18:02", DOWN), ("18:03", UP)];
        assert_eq!(sqs, expected.map(|(at, status)| (at.to_owned(), status)));
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_counts_and_writes_nothing() {
    on_each_target(async |source, target| {
        measure_twice(target).await;
        source.add_minutes(60).await;
        source.add(&[("18:00:10", "SQS", "us-east-1", 1, 10)]).await;
        let before = target.measured().await;
        let dry = target.import(source, |options| options.dry_run = true).await.unwrap();
        assert_eq!((dry.folded, dry.there), (720, 1));
        assert_eq!(target.measured().await, before);
        for table in ["import", "region WHERE name = 'eu-west-1'"] {
            let rows = target.number(&format!("SELECT count(*) FROM {table}")).await;
            assert_eq!(rows, 0, "{table}");
        }
        let real = target.import(source, |_| {}).await.unwrap();
        assert_eq!(real, dry);
    })
    .await;
}
