//! `GET /badges/{region}/{service}.svg` and `.json`.

use model::Status::{Degraded, Down, Unknown, Up};
use serde_json::{Value, json};

use crate::{
    builders::{application, elsewhere, iam, judged, round},
    databases::on_each_database,
    program::Program,
};

const GAME: &str = "SQS + EC2 Voting Game";

async fn a_region(program: &Program) {
    let down = [judged("API Gateway", Down), judged("S3", Degraded), judged("EC2", Unknown)];
    program.record(round(29, down)).await;
    program.record(round(30, [judged("SQS", Up), application(GAME, Up), iam(Up)])).await;
    program.record(elsewhere("eu-west-1", round(27, [judged("SQS", Up)]))).await;
}

async fn picture(program: &Program, path: &str) -> String {
    let response = program.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    assert_eq!(response.headers()["content-type"], "image/svg+xml", "{path}");
    response.text().await.expect("text")
}

fn message_and_color(badge: &Value) -> (&str, &str) {
    let word = |name: &str| badge[name].as_str().expect("a word");
    (word("message"), word("color"))
}

#[tokio::test]
async fn a_badge_says_how_a_service_stands() {
    on_each_database(async |program| {
        a_region(program).await;
        for (file, expected) in [
            ("us-east-1/SQS", ("up", "brightgreen")),
            ("us-east-1/S3", ("degraded", "yellow")),
            ("us-east-1/API%20Gateway", ("down", "red")),
            ("us-east-1/EC2", ("unknown", "lightgrey")),
            // Its newest slot is three minutes and a half old.
            ("eu-west-1/SQS", ("unknown", "lightgrey")),
        ] {
            let badge = program.json(&format!("/badges/{file}.json")).await;
            assert_eq!(message_and_color(&badge), expected, "{file}");
            assert_eq!(badge["isError"], expected.0 == "unknown", "{file}");
            let picture = picture(program, &format!("/badges/{file}.svg")).await;
            assert!(picture.contains(&format!(": {}</title>", expected.0)), "{picture}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_picture_and_the_json_are_these() {
    on_each_database(async |program| {
        a_region(program).await;
        insta::assert_snapshot!("badge", picture(program, "/badges/us-east-1/SQS.svg").await);
        let json = program.json("/badges/us-east-1/SQS.json").await;
        insta::assert_json_snapshot!("badge_json", json);
    })
    .await;
}

#[tokio::test]
async fn a_badge_tells_the_uptime_and_the_latency_of_a_window() {
    on_each_database(async |program| {
        for n in 21..30 {
            program.record(round(n, [judged("SQS", Up)])).await;
        }
        program.record(round(29 - 9, [judged("SQS", Down)])).await;
        for (query, expected) in [
            ("metric=uptime", ("90.00% in 30d", "red")),
            ("metric=uptime&window=24h", ("90.00% in 24h", "red")),
            ("metric=latency", ("p95 12 ms in 24h", "blue")),
            ("metric=latency&window=1y", ("p95 12 ms in 1y", "blue")),
        ] {
            let badge = program.json(&format!("/badges/us-east-1/SQS.json?{query}")).await;
            assert_eq!(message_and_color(&badge), expected, "{query}");
        }
        program.record(round(30, [judged("Lambda", Down)])).await;
        for metric in ["uptime", "latency"] {
            let path = format!("/badges/us-east-1/lambda.json?metric={metric}");
            let badge = program.json(&path).await;
            assert_eq!(message_and_color(&badge), ("unknown", "lightgrey"), "{metric}");
        }
    })
    .await;
}

#[tokio::test]
async fn names_are_found_however_an_address_writes_them() {
    on_each_database(async |program| {
        a_region(program).await;
        for file in [
            "SQS%20+%20EC2%20Voting%20Game",
            "SQS%20%2B%20EC2%20Voting%20Game",
            "sqs-ec2-voting-game",
            "SQS_EC2_Voting_Game",
        ] {
            let badge = program.json(&format!("/badges/us-east-1/{file}.json")).await;
            assert_eq!(badge["label"], format!("{GAME} us-east-1"), "{file}");
        }
        let shouted = program.json("/badges/US-EAST-1/API-GATEWAY.json").await;
        assert_eq!(shouted["label"], "API Gateway us-east-1");
    })
    .await;
}

#[tokio::test]
async fn a_global_service_is_found_in_every_region() {
    on_each_database(async |program| {
        a_region(program).await;
        for region in ["us-east-1", "eu-west-1", "global"] {
            let badge = program.json(&format!("/badges/{region}/iam.json")).await;
            assert_eq!((&badge["label"], &badge["message"]), (&json!("IAM global"), &json!("up")));
        }
    })
    .await;
}

#[tokio::test]
async fn a_picture_of_what_is_not_there_says_so_and_is_a_404() {
    on_each_database(async |program| {
        a_region(program).await;
        // S3 is measured, though not in this region.
        for file in ["us-east-1/Route%2053", "us-east-9/SQS", "eu-west-1/S3", "x/%3Cb%3E"] {
            let response = program.get(&format!("/badges/{file}.svg")).await;
            assert_eq!(response.status(), 404, "{file}");
            assert_eq!(response.headers()["content-type"], "image/svg+xml", "{file}");
            assert_eq!(response.headers()["cache-control"], "no-store", "{file}");
            let picture = response.text().await.expect("text");
            assert!(
                picture.contains(": not found</title>") && !picture.contains("<b>"),
                "{picture}"
            );
        }
        let problem = program.problem("/badges/us-east-1/SQZ.json").await;
        assert_eq!((&problem["status"], &problem["near"][0]), (&json!(404), &json!("SQS")));
        let problem = program.problem("/badges/us-east-2/SQS.json").await;
        let found = (&problem["code"], &problem["near"][0]);
        assert_eq!(found, (&json!("unknown_region"), &json!("us-east-1")));
    })
    .await;
}

#[tokio::test]
async fn a_malformed_badge_is_a_400() {
    on_each_database(async |program| {
        a_region(program).await;
        for (path, parameter) in [
            ("us-east-1/SQS.png", "file"),
            ("us-east-1/SQS", "file"),
            ("us-east-1/.svg", "file"),
            ("us-east-1/a%00b.svg", "file"),
            ("us-east-1/%ff.svg", "file"),
            ("%0a/SQS.svg", "region"),
            ("us-east-1/SQS.svg?metric=mood", "metric"),
            ("us-east-1/SQS.svg?window=2d", "window"),
            ("us-east-1/SQS.svg?window=7d", "window"),
            ("us-east-1/SQS.svg?metrics=uptime", "metrics"),
        ] {
            let problem = program.problem(&format!("/badges/{path}")).await;
            let found = (&problem["status"], &problem["parameter"]);
            assert_eq!(found, (&json!(400), &json!(parameter)), "{path}: {problem}");
        }
    })
    .await;
}
