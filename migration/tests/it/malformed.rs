//! Rows that mean nothing, sources that cannot be read, and targets that are not ready.

use migration::import::{BadRow, Error, Flaw};

use crate::databases::{Target, on_each_target};

/// Two good rows, and one that is malformed in each way there is, half an hour later.
const ROWS: &str = "INSERT INTO cloud_monitor.metrics VALUES
    (1, '2024-02-29T18:00:00Z', 'SQS', 'us-east-1', 1, 10),
    (2, '2024-02-29T18:30:00Z', NULL, 'us-east-1', 1, 10),
    (3, '2024-02-29T18:30:00Z', '  ', 'us-east-1', 1, 10),
    (4, '2024-02-29T18:30:00Z', 'SQS', '', 1, 10),
    (5, '2024-02-29T18:30:00Z', repeat('x', 81), 'us-east-1', 1, 10),
    (6, '2024-02-29T18:30:00Z', E'S\\nQS', 'us-east-1', 1, 10),
    (7, '2024-02-29T18:30:00Z', 'SQS', 'us-east-1', NULL, 10),
    (8, '2024-02-29T18:30:00Z', 'SQS', 'us-east-1', -1, 10),
    (9, '2024-02-29T19:00:00Z', 'SQS', 'us-east-1', 0, NULL)";

/// Times that cannot be.
const TIMES: &str = "INSERT INTO cloud_monitor.metrics VALUES
    (11, NULL, 'SQS', 'us-east-1', 1, 10),
    (12, '-infinity', 'SQS', 'us-east-1', 1, 10),
    (13, 'infinity', 'SQS', 'us-east-1', 1, 10),
    (14, '1970-01-01Z', 'SQS', 'us-east-1', 1, 10),
    (15, now() + interval '2 days', 'SQS', 'us-east-1', 1, 10),
    (16, '294276-12-31Z', 'SQS', 'us-east-1', 1, 10),
    (17, '4713-01-01Z BC', 'SQS', 'us-east-1', 1, 10)";

#[tokio::test]
async fn malformed_rows_are_counted_and_skipped_when_that_is_wanted() {
    on_each_target(async |source, target| {
        source.sql(ROWS).await;
        source.sql(TIMES).await;
        let report = target.import(source, |options| options.skip_bad = true).await.unwrap();
        let counts = (report.survey.total, report.folded, report.skipped, report.late);
        assert_eq!(counts, (16, 2, 14, 0), "{report}");
        assert_eq!(target.measured().await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_first_malformed_row_ends_the_import_and_nothing_is_lost() {
    on_each_target(async |source, target| {
        source.sql(ROWS).await;
        let error = target.import(source, |_| {}).await.unwrap_err();
        assert!(error.to_string().starts_with("row "), "{error}");
        let Error::Bad(BadRow { id, .. }) = error else { panic!("{error:?}") };
        assert!(["2", "3", "4", "5", "6", "7", "8"].contains(&id.as_str()), "{id}");
        // Repaired, they all mean the same minute.
        source
            .sql(
                "UPDATE cloud_monitor.metrics SET dimension = 'SQS', region = 'us-east-1', value = 1
                WHERE id BETWEEN 2 AND 8",
            )
            .await;
        let report = target.import(source, |_| {}).await.unwrap();
        assert_eq!((report.folded, report.measurements, report.skipped), (9, 3, 0), "{report}");
    })
    .await;
}

#[tokio::test]
async fn a_time_that_cannot_be_ends_the_import_before_it_begins() {
    on_each_target(async |source, target| {
        source.sql(ROWS).await;
        source.sql(TIMES).await;
        let error = target.import(source, |_| {}).await.unwrap_err();
        let Error::Bad(row) = error else { panic!("{error:?}") };
        assert_eq!(row, BadRow { id: "11".into(), flaw: Flaw::Time(None) });
        assert_eq!(target.measured().await, []);
    })
    .await;
}

#[tokio::test]
async fn an_odd_row_far_behind_leaves_what_was_taken_over_before_it() {
    on_each_target(async |source, target| {
        source.add_minutes(2_400).await;
        source
            .sql(
                "UPDATE cloud_monitor.metrics SET value = 7 WHERE id = (
                SELECT id FROM cloud_monitor.metrics ORDER BY timestamp DESC LIMIT 1)",
            )
            .await;
        let error = target.import(source, |_| {}).await.unwrap_err();
        assert!(matches!(error, Error::Bad(_)), "{error:?}");
        let kept = target.measured().await.len();
        assert!(kept > 10_000 && kept < 2_400 * 9, "{kept}");

        let report = target.import(source, |options| options.skip_bad = true).await.unwrap();
        assert_eq!((report.folded, report.skipped), (2_400 * 12 - 1, 1));
        assert_eq!(report.there, 0, "what was taken over is not read again");
    })
    .await;
}

#[tokio::test]
async fn how_to_connect_is_read_from_the_url() {
    on_each_target(async |source, target| {
        source.add(&[("18:00:00", "SQS", "us-east-1", 1, 10)]).await;
        let with = |mode: &str| source.url.replace('?', &format!("?sslmode={mode}"));
        for (mode, works) in [("disable", true), ("verify-full", false)] {
            let from: model::DatabaseUrl = with(mode).parse().unwrap();
            let imported = target.import(source, |options| options.from = from).await;
            assert_eq!(imported.is_ok(), works, "{mode}: {imported:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_imported_into_a_demonstration() {
    on_each_target(async |source, target| {
        source.add(&[("18:00:00", "SQS", "us-east-1", 1, 10)]).await;
        model::demo::fill(&target.database, 1, chrono::Utc::now()).await.unwrap();
        let before = target.measured().await.len();
        let error = target.import(source, |_| {}).await.unwrap_err();
        assert!(matches!(error, Error::Demo), "{error:?}");
        assert_eq!(target.measured().await.len(), before);
    })
    .await;
}

#[tokio::test]
async fn only_postgresql_is_a_source_and_only_a_migrated_database_a_target() {
    on_each_target(async |source, target| {
        let from: model::DatabaseUrl = "sqlite://metrics.db".parse().unwrap();
        let error = target.import(source, |options| options.from = from).await.unwrap_err();
        assert!(matches!(error, Error::NotPostgres(_)), "{error:?}");
        migration::down(&target.database, 1).await.unwrap();
        let target = Target::at(&target.url).await;
        let error = target.import(source, |_| {}).await.unwrap_err();
        assert!(error.to_string().contains("migration up"), "{error}");
    })
    .await;
}
