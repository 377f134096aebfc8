//! Many who ask for the same, and what is kept for them.

use std::io::{Read, Write};

use chrono::TimeDelta;
use futures_util::future::join_all;
use model::Status::{Down, Up};

use crate::{
    builders::{judged, minute, pass, round},
    databases::{on_each_database, on_each_empty_database},
    program::Program,
};

/// What the kept answers may take.
const ROOM: u64 = 16_000_000;

fn seconds(seconds: f64) -> TimeDelta {
    TimeDelta::microseconds((seconds * 1e6) as i64)
}

async fn age(program: &Program, path: &str) -> Option<String> {
    let response = program.get(path).await;
    assert_eq!(response.headers()["cache-control"], "public, max-age=5, s-maxage=5");
    response.headers().get("age").map(|age| age.to_str().expect("text").to_owned())
}

#[tokio::test]
async fn requests_at_the_same_moment_ask_the_database_once() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up)])).await;
        let answers = join_all((0..20).map(|_| program.json("/v1/regions"))).await;
        assert!(answers.iter().all(|answer| answer["items"][0]["name"] == "us-east-1"));
        assert_eq!(program.count("database_questions_total").await, 1);
        assert_eq!(program.count("answer_misses_total").await, 1);
        let others =
            program.count("answer_hits_total").await + program.count("answer_shared_total").await;
        assert_eq!(others, 19);
    })
    .await;
}

#[tokio::test]
async fn the_same_question_in_other_words_is_answered_from_memory() {
    on_each_database(async |program| {
        program.record(round(0, [judged("API Gateway", Up)])).await;
        let asked = "/v1/measurements?region=us-east-1&service=API%20Gateway&limit=5";
        let reordered = "/v1/measurements?limit=5&service=API+Gateway&region=us%2Deast%2d1";
        assert_eq!(program.json(asked).await, program.json(reordered).await);
        assert_eq!(program.count("answer_misses_total").await, 1);
        assert_eq!(program.count("answer_hits_total").await, 1);
        let other = program.json("/v1/measurements?limit=4").await;
        assert_eq!(other["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(program.count("answer_misses_total").await, 2);
    })
    .await;
}

#[tokio::test]
async fn an_answer_says_how_old_it_is_and_ends_with_its_time() {
    on_each_database(async |program| {
        program.record(round(29, [judged("SQS", Up)])).await;
        assert_eq!(age(program, "/v1/status").await, None);
        assert_eq!(age(program, "/v1/status").await.as_deref(), Some("0"));
        program.record(round(30, [judged("SQS", Down)])).await;
        pass(seconds(1.5));
        assert_eq!(age(program, "/v1/status").await.as_deref(), Some("2"));
        pass(seconds(3.4));
        assert_eq!(age(program, "/v1/status").await.as_deref(), Some("5"));
        assert_eq!(program.json("/v1/status").await["items"][0]["status"], "up");
        pass(seconds(0.1));
        assert_eq!(age(program, "/v1/status").await, None);
        assert_eq!(program.json("/v1/status").await["items"][0]["status"], "down");
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_dated_by_its_last_change() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up)])).await;
        let modified = async || {
            let response = program.get("/v1/services").await;
            response.headers()["last-modified"].to_str().expect("text").to_owned()
        };
        let first = modified().await;
        pass(seconds(60.0));
        assert_eq!(modified().await, first);
        let since = [("if-modified-since", first.as_str())];
        let unchanged = program.get_with("/v1/services", &since).await;
        assert_eq!(unchanged.status(), 304);
        assert_eq!(unchanged.headers()["last-modified"], first);
        program.record(round(1, [judged("S3", Up)])).await;
        pass(seconds(60.0));
        assert_ne!(modified().await, first);
        assert_eq!(program.get_with("/v1/services", &since).await.status(), 200);
    })
    .await;
}

#[tokio::test]
async fn an_error_is_forgotten_at_once() {
    on_each_empty_database(async |program| {
        assert_eq!(program.get("/v1/regions").await.status(), 503);
        migration::up(&program.database).await.expect("a schema");
        let unknown = "/v1/measurements?service=SQS";
        assert_eq!(program.get(unknown).await.status(), 404);
        program.record(round(0, [judged("SQS", Up)])).await;
        assert_eq!(program.get("/v1/regions").await.status(), 200);
        assert_eq!(program.get(unknown).await.status(), 200);
    })
    .await;
}

#[tokio::test]
async fn those_who_share_an_error_each_have_their_own_id() {
    on_each_empty_database(async |program| {
        // `problem` compares the id in the document with that in the header.
        let problems = join_all((0..5).map(|_| program.problem("/v1/regions"))).await;
        assert!(problems.iter().all(|problem| problem["code"] == "unavailable"));
        assert!(program.count("answer_misses_total").await < 5);
    })
    .await;
}

#[tokio::test]
async fn thousands_of_different_questions_stay_within_the_memory_for_them() {
    on_each_database(async |program| {
        let services =
            ["SQS", "S3", "EC2", "IAM", "Lambda", "DynamoDB", "A", "B", "C", "D", "E", "F"];
        for n in 0..25 {
            program.record(round(n, services.map(|service| judged(service, Up)))).await;
        }
        for limit in 300..500 {
            program.get(&format!("/v1/measurements?limit={limit}")).await;
        }
        let kept = program.count("answer_kept_bytes").await;
        assert!((ROOM / 2..=ROOM).contains(&kept), "{kept}");
        for nonsense in 0..100 {
            program.get(&format!("/overview?{nonsense}")).await;
        }
        assert_eq!(program.count("answer_misses_total").await, 201);
        assert!(program.count("answer_kept_bytes").await <= ROOM);
    })
    .await;
}

#[tokio::test]
async fn each_coding_holds_the_same_answer() {
    on_each_database(async |program| {
        for n in 0..20 {
            program.record(round(n, [judged("SQS", Up)])).await;
        }
        assert!(minute(20) < crate::builders::now());
        let path = "/v1/measurements";
        let plain = program.get(path).await.bytes().await.expect("a body");
        // Twice: packed for the first who asks, from memory for the second.
        for coding in ["gzip", "br", "gzip", "br"] {
            let response = program.get_with(path, &[("accept-encoding", coding)]).await;
            assert_eq!(response.headers()["content-encoding"], coding);
            let packed = response.bytes().await.expect("a body");
            assert_eq!(unpacked(coding, &packed), plain, "{coding}");
        }
        assert_eq!(program.count("database_questions_total").await, 1);
    })
    .await;
}

fn unpacked(coding: &str, packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    if coding == "gzip" {
        flate2::read::GzDecoder::new(packed).read_to_end(&mut plain).expect("gzip");
    } else {
        let mut decoder = brotli::DecompressorWriter::new(&mut plain, 4096);
        decoder.write_all(packed).expect("brotli");
        decoder.close().expect("brotli");
    }
    plain
}
