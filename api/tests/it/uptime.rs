//! `GET /v1/uptime`.

use std::time::Duration;

use model::{
    Retention,
    Status::{Degraded, Down, Unknown, Up},
    maintenance,
};
use serde_json::{Value, json};

use crate::{
    builders::{application, elsewhere, iam, judged, minute, now, round},
    databases::on_each_database,
    program::Program,
};

/// Ten slots of SQS, of which the first eight were measured, and a few of others.
async fn ten_minutes(program: &Program) {
    for (n, status) in [Up, Up, Up, Up, Degraded, Down, Down, Unknown].into_iter().enumerate() {
        let n = 20 + i64::try_from(n).expect("a minute");
        program.record(round(n, [judged("SQS", status)])).await;
    }
    program.record(round(28, [iam(Up), application("S3 File Serving", Up)])).await;
    program.record(elsewhere("eu-west-1", round(29, [judged("SQS", Down)]))).await;
}

const LAST_TEN: &str = "/v1/uptime?from=2026-11-19T18:20:00Z";

/// The one item of an answer.
async fn only(program: &Program, path: &str) -> Value {
    let answer = program.json(path).await;
    let items = answer["items"].as_array().expect("items");
    assert_eq!(items.len(), 1, "{path}: {answer}");
    items[0].clone()
}

#[tokio::test]
async fn what_was_not_judged_narrows_the_coverage_and_widens_the_bounds() {
    on_each_database(async |program| {
        ten_minutes(program).await;
        let path = format!("{LAST_TEN}&region=us-east-1&by=both&kind=service&buckets=minute");
        insta::assert_json_snapshot!("uptime", program.json(&path).await);
    })
    .await;
}

#[tokio::test]
async fn rollups_change_nothing() {
    on_each_database(async |program| {
        ten_minutes(program).await;
        let path = format!("{LAST_TEN}&by=both&buckets=hour");
        let before = program.json(&path).await;
        let later = minute(48 * 60);
        let budget = Duration::from_secs(60);
        let done = maintenance::run(&program.database, &Retention::default(), later, budget).await;
        assert!(done.expect("maintenance").hours > 0);
        assert_eq!(program.json(&path).await, before);
    })
    .await;
}

#[tokio::test]
async fn an_item_is_about_what_was_asked_for() {
    on_each_database(async |program| {
        ten_minutes(program).await;
        for (query, expected) in [
            ("", &["- SQS", "- IAM", "- S3 File Serving"][..]),
            ("by=region", &["eu-west-1 -", "global -", "us-east-1 -"]),
            ("by=both&service=SQS", &["eu-west-1 SQS", "us-east-1 SQS"]),
            ("by=both&region=global", &["global IAM"]),
            ("by=both&region=eu-west-1&with_global=true", &["eu-west-1 SQS", "global IAM"]),
            ("by=both&kind=application", &["us-east-1 S3 File Serving"]),
        ] {
            let answer = program.json(&format!("/v1/uptime?buckets=none&{query}")).await;
            let word = |item: &Value, name| item[name].as_str().unwrap_or("-").to_owned();
            let items = answer["items"].as_array().expect("items").iter();
            let mut found: Vec<String> = items
                .map(|item| format!("{} {}", word(item, "region"), word(item, "service")))
                .collect();
            let mut expected = expected.to_vec();
            found.sort();
            expected.sort_unstable();
            assert_eq!(found, expected, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn buckets_suit_the_window_unless_they_are_chosen() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up)])).await;
        for (query, width, count) in [
            ("", "hour", 25),
            ("window=7d", "hour", 169),
            ("window=30d", "day", 31),
            ("window=90d", "day", 91),
            ("window=1y", "day", 366),
            ("window=30d&buckets=none", "none", 0),
            ("window=24h&buckets=minute", "minute", 1_440),
            ("from=2026-11-19T16:00:00Z", "minute", 150),
            ("from=2026-11-17T00:00:00Z&to=2026-11-19T00:00:00Z", "hour", 48),
        ] {
            let answer = program.json(&format!("/v1/uptime?{query}")).await;
            assert_eq!(answer["bucket_width"], width, "{query}");
            let buckets = answer["items"][0]["buckets"].as_array().expect("buckets");
            assert_eq!(buckets.len(), count, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_window_longer_than_what_is_kept_is_answered_with_what_is_there() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up)])).await;
        for query in ["window=1y", "from=1970-01-01T00:00:00Z", "from=2000-01-01T00:00:00%2B01:00"]
        {
            let item = only(program, &format!("/v1/uptime?buckets=none&{query}")).await;
            assert_eq!((&item["uptime"], &item["expected"]), (&json!(1.0), &json!(30)), "{query}");
            assert_eq!(item["slots"]["missing"], 29, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_window_in_the_future_is_answered_with_nulls() {
    on_each_database(async |program| {
        ten_minutes(program).await;
        for query in
            ["from=2026-11-19T18:31:00Z", "from=2027-01-01T00:00:00Z&to=9999-12-31T23:59:59Z"]
        {
            let item = only(program, &format!("/v1/uptime?service=SQS&{query}")).await;
            for share in ["uptime", "coverage", "low", "high"] {
                assert_eq!(item[share], Value::Null, "{query}: {share}");
            }
            assert_eq!((&item["expected"], &item["buckets"]), (&json!(0), &json!([])), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_slot_that_a_clock_ahead_recorded_does_not_count_yet() {
    on_each_database(async |program| {
        program.record(round(29, [judged("SQS", Up)])).await;
        program.record(round(40, [judged("SQS", Down)])).await;
        assert!(minute(40) > now());
        let item =
            only(program, "/v1/uptime?to=2026-11-20T00:00:00Z&from=2026-11-19T00:00:00Z").await;
        assert_eq!((&item["uptime"], &item["expected"]), (&json!(1.0), &json!(1)));
    })
    .await;
}

#[tokio::test]
async fn a_month_without_a_part_is_answered_like_any_other() {
    on_each_database(async |program| {
        // PostgreSQL has parts for December and for November, and for nothing between.
        program.record(round(-340 * 1_440, [judged("SQS", Up)])).await;
        program.record(round(0, [judged("SQS", Up)])).await;
        for buckets in ["none", "minute", "hour", "day"] {
            let march = "from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z";
            let item = only(program, &format!("/v1/uptime?{march}&buckets={buckets}")).await;
            assert_eq!((&item["uptime"], &item["coverage"]), (&Value::Null, &json!(0.0)));
            assert_eq!((&item["low"], &item["high"]), (&json!(0.0), &json!(1.0)));
            assert_eq!(item["slots"]["missing"], 1_440);
        }
    })
    .await;
}

#[tokio::test]
async fn windows_and_buckets_that_make_no_sense_are_refused() {
    on_each_database(async |program| {
        ten_minutes(program).await;
        for (query, parameter) in [
            ("window=2d", "window"),
            ("window=7d&from=2026-11-19T00:00:00Z", "window"),
            ("window=7d&to=2026-11-19T00:00:00Z", "window"),
            ("to=2026-11-19T00:00:00Z", "from"),
            ("from=2026-11-19T00:00:00Z&to=2026-11-18T00:00:00Z", "to"),
            ("from=0000-12-31T23:59:59Z", "from"),
            ("from=2026-11-19T00:00:00Z&to=%2B10000-01-01T00:00:00Z", "to"),
            ("by=planet", "by"),
            ("kind=database", "kind"),
            ("buckets=week", "buckets"),
            ("window=1y&buckets=minute", "buckets"),
            ("from=1677-09-20T00:00:00Z&buckets=none", "from"),
            ("from=1970-01-01T00:00:00Z&to=1969-12-31T23:59:59Z", "to"),
            ("bucket=hour", "bucket"),
        ] {
            for path in ["/v1/uptime", "/v1/latency"] {
                let problem = program.problem(&format!("{path}?{query}")).await;
                let found = (&problem["status"], &problem["parameter"]);
                assert_eq!(found, (&json!(400), &json!(parameter)), "{path}?{query}: {problem}");
            }
        }
        let problem = program.problem("/v1/uptime?window=1y&buckets=minute").await;
        insta::assert_json_snapshot!("too_many_buckets", problem);
    })
    .await;
}

#[tokio::test]
async fn unknown_names_are_a_404_that_offers_what_was_meant() {
    on_each_database(async |program| {
        ten_minutes(program).await;
        for path in ["/v1/uptime", "/v1/latency"] {
            let problem = program.problem(&format!("{path}?region=us-eats-1")).await;
            let found = (&problem["status"], &problem["code"], &problem["near"][0]);
            assert_eq!(found, (&json!(404), &json!("unknown_region"), &json!("us-east-1")));
            let problem = program.problem(&format!("{path}?service=SQZ")).await;
            let found = (&problem["status"], &problem["code"], &problem["near"][0]);
            assert_eq!(found, (&json!(404), &json!("unknown_service"), &json!("SQS")));
        }
    })
    .await;
}

#[tokio::test]
async fn a_closed_window_may_be_kept_for_an_hour() {
    on_each_database(async |program| {
        program.record(round(-90, [judged("SQS", Up)])).await;
        for (to, lifetime) in [
            ("2026-11-19T18:00:00Z", "public, max-age=3600"),
            ("2026-11-19T18:01:00Z", "public, max-age=5, s-maxage=5"),
            ("2026-11-20T00:00:00Z", "public, max-age=5, s-maxage=5"),
        ] {
            for path in ["/v1/uptime", "/v1/latency"] {
                let path = format!("{path}?from=2026-11-19T16:00:00Z&to={to}");
                let response = program.get(&path).await;
                assert_eq!(response.headers()["cache-control"], lifetime, "{path}");
                assert!(response.headers().contains_key("etag"), "{path}");
                let kind = &response.headers()["content-type"];
                assert_eq!(kind, "application/json; charset=utf-8", "{path}");
            }
        }
    })
    .await;
}
