//! `GET /v1/latency`.

use chrono::TimeDelta;
use model::{
    Retention,
    Status::{Down, Up},
    maintenance,
    measurement::Measurement,
};
use serde_json::{Value, json};

use crate::{
    builders::{elsewhere, iam, judged, minute, now, pass, round},
    databases::on_each_database,
    program::Program,
};

fn lasting(service: &'static str, latency_us: i32) -> Measurement {
    Measurement { latency_us: Some(latency_us), ..judged(service, Up) }
}

/// A hundred slots of SQS that took 1 ms to 100 ms, the slowest last, and one that failed.
async fn a_hundred_slots(program: &Program) {
    for n in 0..100_i32 {
        program.record(round(i64::from(n) - 80, [lasting("SQS", (n + 1) * 1_000)])).await;
    }
    program.record(round(20, [judged("SQS", Down)])).await;
}

/// Whether a percentile is within 1 % of the true one.
fn is_about(found: &Value, microseconds: f64) -> bool {
    let found = found.as_f64().expect("a number");
    (found - microseconds).abs() <= microseconds / 100.0
}

#[tokio::test]
async fn percentiles_are_within_one_per_cent() {
    on_each_database(async |program| {
        a_hundred_slots(program).await;
        for buckets in ["none", "minute", "hour", "day"] {
            let path = format!("/v1/latency?window=24h&buckets={buckets}");
            let item = &program.json(&path).await["items"][0];
            assert_eq!(item["count"], 100, "{item}");
            for (percentile, true_one) in
                [("p50_us", 50_000.0), ("p95_us", 95_000.0), ("p99_us", 99_000.0)]
            {
                assert!(is_about(&item[percentile], true_one), "{percentile}: {item}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn buckets_without_a_latency_are_absent() {
    on_each_database(async |program| {
        program.record(round(-90, [lasting("SQS", 12_000)])).await;
        program.record(round(0, [lasting("SQS", 24_000), judged("S3", Down)])).await;
        insta::assert_json_snapshot!("latency", program.json("/v1/latency?by=both").await);
    })
    .await;
}

#[tokio::test]
async fn latencies_of_several_regions_are_merged() {
    on_each_database(async |program| {
        program.record(round(0, [lasting("SQS", 10_000), iam(Up)])).await;
        program.record(elsewhere("eu-west-1", round(0, [lasting("SQS", 90_000)]))).await;
        let answer = program.json("/v1/latency?service=SQS&buckets=none").await;
        let item = &answer["items"][0];
        assert_eq!((&item["count"], &item["region"]), (&json!(2), &Value::Null));
        assert!(is_about(&item["p50_us"], 10_000.0) && is_about(&item["p99_us"], 90_000.0));
        let here = program.json("/v1/latency?region=us-east-1&with_global=true").await;
        assert_eq!(here["items"].as_array().map(Vec::len), Some(2), "{here}");
    })
    .await;
}

#[tokio::test]
async fn a_window_in_the_future_has_no_items() {
    on_each_database(async |program| {
        program.record(round(0, [lasting("SQS", 10_000)])).await;
        for query in ["from=2026-11-20T00:00:00Z", "from=2027-01-01T00:00:00Z&buckets=minute"] {
            let answer = program.json(&format!("/v1/latency?{query}")).await;
            assert_eq!(answer["items"], json!([]), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_window_longer_than_what_is_kept_is_answered_with_what_is_there() {
    on_each_database(async |program| {
        // PostgreSQL has parts for December and for November, and for nothing between.
        program.record(round(-340 * 1_440, [lasting("SQS", 10_000)])).await;
        program.record(round(0, [lasting("SQS", 10_000)])).await;
        let answer = program.json("/v1/latency?window=1y").await;
        let buckets = answer["items"][0]["buckets"].as_array().expect("buckets");
        assert_eq!(buckets.len(), 2, "{answer}");
        let march = "from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z";
        for buckets in ["none", "minute", "hour", "day"] {
            let path = format!("/v1/latency?{march}&buckets={buckets}");
            assert_eq!(program.json(&path).await["items"], json!([]), "{buckets}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_short_window_is_answered_by_the_hour_where_the_minutes_are_gone() {
    on_each_database(async |program| {
        const DAY: i64 = 1_440;
        program.record(round(-60 * DAY, [lasting("SQS", 10_000)])).await;
        program.record(round(0, [lasting("SQS", 10_000)])).await;
        let times = "from=2026-09-20T17:00:00Z&to=2026-09-20T18:30:00Z";
        let answer = program.json(&format!("/v1/latency?{times}")).await;
        assert_eq!((&answer["bucket_width"], count(&answer)), (&json!("minute"), &json!(1)));

        let kept = Retention { measurements_days: 1, observations_days: 1 };
        let minute = std::time::Duration::from_secs(60);
        let done = maintenance::run(&program.database, &kept, now(), minute).await;
        assert!(done.expect("maintenance").finished);
        pass(TimeDelta::hours(1));
        let answer = program.json(&format!("/v1/latency?{times}")).await;
        assert_eq!((&answer["bucket_width"], count(&answer)), (&json!("hour"), &json!(1)));
        for (times, width) in [
            ("from=2026-09-20T17:00:00Z&to=2026-09-20T18:30:00Z&buckets=minute", "minute"),
            ("from=2026-09-20T15:00:00Z&to=2026-09-20T17:30:00Z", "minute"),
            ("from=2026-11-19T18:00:00Z&to=2026-11-19T18:30:00Z", "minute"),
        ] {
            let answer = program.json(&format!("/v1/latency?{times}")).await;
            assert_eq!(answer["bucket_width"], width, "{times}");
        }
    })
    .await;
}

fn count(answer: &Value) -> &Value {
    &answer["items"][0]["count"]
}

#[tokio::test]
async fn what_a_clock_ahead_recorded_is_in_no_minute_yet() {
    on_each_database(async |program| {
        program.record(round(29, [lasting("SQS", 10_000)])).await;
        program.record(round(70, [lasting("SQS", 90_000)])).await;
        assert!(minute(70) > now());
        let to = "from=2026-11-19T18:00:00Z&to=2026-11-19T20:00:00Z";
        for buckets in ["minute", "hour"] {
            let answer = program.json(&format!("/v1/latency?{to}&buckets={buckets}")).await;
            assert_eq!(answer["items"][0]["count"], 1, "{answer}");
        }
    })
    .await;
}
