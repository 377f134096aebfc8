//! `GET /overview`, as the first dashboard reads it.

use chrono::TimeDelta;
use model::Status::{Degraded, Down, Unknown, Up};
use serde_json::json;

use crate::{
    builders::{application, elsewhere, iam, judged, now, pass, round},
    databases::on_each_database,
};

#[tokio::test]
async fn the_shape_is_the_first_dashboards() {
    on_each_database(async |program| {
        program.record(round(-120, [judged("S3", Down), judged("SQS", Down)])).await;
        program.record(round(0, [judged("S3", Up), judged("SQS", Degraded), iam(Down)])).await;
        program.record(elsewhere("eu-west-1", round(1, [judged("EC2", Unknown)]))).await;
        insta::assert_json_snapshot!("overview", program.json("/overview").await);
    })
    .await;
}

#[tokio::test]
async fn the_last_day_is_that_of_the_metrics_at_every_second() {
    on_each_database(async |program| {
        // Three of them lie in each of the days that end with 18:30, 18:31 and 18:32.
        for n in [29 - 1_440, 30 - 1_440, 31 - 1_440, 32 - 1_440, 30, 31, 32] {
            program.record(round(n, [judged("SQS", Up)])).await;
        }
        for seconds in [0, 30, 30, 30] {
            pass(TimeDelta::seconds(seconds));
            let metrics = program.json("/metrics?region=us-east-1").await;
            assert_eq!(metrics["summary"][0]["SQS"]["up"], 3, "{}", now());
            assert_eq!(program.json("/overview").await[0]["24h"]["up"], 3, "{}", now());
        }
    })
    .await;
}

#[tokio::test]
async fn applications_do_not_count() {
    on_each_database(async |program| {
        program.record(round(0, [application("S3 File Serving", Down)])).await;
        let nothing = json!({"up": 0, "down": 0, "services_affected": []});
        let region = json!({"region": "us-east-1", "1h": nothing, "24h": nothing});
        assert_eq!(program.json("/overview").await, json!([region]));
    })
    .await;
}

#[tokio::test]
async fn an_empty_database_has_no_regions() {
    on_each_database(async |program| {
        assert_eq!(program.json("/overview").await, json!([]));
        assert_eq!(program.json("/v1/regions").await, json!({"items": [], "next": null}));
        assert_eq!(program.json("/v1/status").await, json!({"items": [], "next": null}));
    })
    .await;
}
