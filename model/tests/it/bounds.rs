//! How much one answer about history may hold.

use chrono::TimeDelta;
use model::{
    By, Error, Selection, Status, Width, Window, latency, round,
    uptime::{self, Question},
};

use crate::{
    builders::{judged, minute, round},
    databases::on_each_database,
};

fn question(days: i64, width: Width) -> Question {
    let window = Window::before(minute(0), TimeDelta::days(days));
    Question { selection: Selection::default(), window, by: By::Service, width: Some(width) }
}

#[tokio::test]
async fn a_question_about_too_many_buckets_is_refused() {
    on_each_database(async |store| {
        let database = &store.database;
        let judged = [judged("SQS", Status::Up), judged("S3", Status::Up)];
        round::record(database, &round(-1, judged), minute(-1)).await.unwrap();
        // 12,000 buckets of each of two services.
        let most = question(8, Width::Minute);
        assert_eq!(uptime::of(database, &most, minute(0)).await.unwrap().items.len(), 2);
        let more = question(9, Width::Minute);
        let refused = uptime::of(database, &more, minute(0)).await;
        let Err(Error::TooManyBuckets { wanted, most }) = refused else { panic!("{refused:?}") };
        assert_eq!((wanted, most), (2 * 9 * 1_440, 24_000));
        let refused = latency::of(database, &more, minute(0)).await;
        assert!(matches!(refused, Err(Error::TooManyBuckets { .. })), "{refused:?}");
        let years = question(740_000, Width::Day);
        let refused = uptime::of(database, &years, minute(0)).await;
        assert!(matches!(refused, Err(Error::TooManyBuckets { .. })), "{refused:?}");
    })
    .await;
}
