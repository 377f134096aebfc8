//! What surrounds every answer: compression, caching, origins, headers.

use chrono::TimeDelta;
use model::Status::Up;

use crate::{
    builders::{judged, minute, pass, round},
    databases::on_each_database,
    program::Program,
};

/// A list long enough to be worth compressing.
const LONG: &str = "/v1/measurements";

async fn twenty_minutes(program: &Program) {
    for n in 0..20 {
        program.record(round(n, [judged("SQS", Up)])).await;
    }
    assert!(minute(20) < crate::builders::now());
}

#[tokio::test]
async fn a_client_gets_the_coding_that_it_likes_best() {
    on_each_database(async |program| {
        twenty_minutes(program).await;
        let plain = program.get(LONG).await.bytes().await.expect("a body").len();
        for (accepted, coding) in [("gzip", "gzip"), ("gzip, br", "br"), ("*", "br")] {
            let response = program.get_with(LONG, &[("accept-encoding", accepted)]).await;
            assert_eq!(response.headers()["content-encoding"], coding);
            assert_eq!(response.headers()["vary"], "Accept-Encoding");
            let packed = response.bytes().await.expect("a body").len();
            assert!(packed * 4 < plain, "{coding}: {packed} of {plain}");
        }
        let refused = program.get_with(LONG, &[("accept-encoding", "gzip;q=0, zstd")]).await;
        assert!(!refused.headers().contains_key("content-encoding"));
    })
    .await;
}

#[tokio::test]
async fn an_unchanged_answer_is_not_sent_again() {
    on_each_database(async |program| {
        twenty_minutes(program).await;
        let first = program.get(LONG).await;
        let tag = first.headers()["etag"].to_str().expect("text").to_owned();
        let list = format!("\"other\", {tag}");
        for known in [tag.as_str(), list.as_str(), "*"] {
            let headers = [("if-none-match", known), ("accept-encoding", "br")];
            let second = program.get_with(LONG, &headers).await;
            assert_eq!(second.status(), 304, "{known}");
            assert_eq!(second.headers()["etag"], tag);
            assert_eq!(second.headers()["vary"], "Accept-Encoding");
            assert_eq!(second.headers()["cache-control"], "public, max-age=5, s-maxage=5");
            assert!(second.bytes().await.expect("a body").is_empty());
        }
        let garbage = program.get_with(LONG, &[("if-none-match", "W/\"")]).await;
        assert_eq!(garbage.status(), 200);
        program.record(round(20, [judged("SQS", Up)])).await;
        pass(TimeDelta::seconds(5));
        let changed = program.get_with(LONG, &[("if-none-match", &tag)]).await;
        assert_eq!(changed.status(), 200);
    })
    .await;
}

#[tokio::test]
async fn head_tells_what_get_would() {
    on_each_database(async |program| {
        twenty_minutes(program).await;
        let get = program.get(LONG).await;
        let tag = get.headers()["etag"].to_str().expect("text").to_owned();
        let length = get.bytes().await.expect("a body").len();
        let head = format!("HEAD {LONG} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = program.raw(head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.contains(&format!("etag: {tag}")), "{answer}");
        assert!(answer.contains(&format!("content-length: {length}")), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn only_a_configured_origin_is_given_leave() {
    on_each_database(async |program| {
        let friend = program.get_with("/overview", &[("origin", "https://status.example")]).await;
        assert_eq!(friend.headers()["access-control-allow-origin"], "https://status.example");
        let stranger = program.get_with("/overview", &[("origin", "https://evil.example")]).await;
        assert_eq!(stranger.status(), 200);
        assert!(!stranger.headers().contains_key("access-control-allow-origin"));
        for response in [friend, stranger] {
            let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
            assert_eq!(vary, ["Accept-Encoding", "Origin"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_can_read_errors_too() {
    on_each_database(async |program| {
        let response = program.get_with("/nowhere", &[("origin", "https://status.example")]).await;
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()["access-control-allow-origin"], "https://status.example");
    })
    .await;
}

#[tokio::test]
async fn a_browser_may_ask_before_it_asks() {
    on_each_database(async |program| {
        let answer = program
            .raw(
                b"OPTIONS /overview HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                  Origin: https://status.example\r\nAccess-Control-Request-Method: GET\r\n\r\n",
            )
            .await;
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
        assert!(answer.contains("access-control-allow-methods: GET, HEAD"), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn every_answer_keeps_browsers_from_guessing() {
    on_each_database(async |program| {
        for path in ["/overview", "/nowhere", "/docs", "/livez"] {
            let response = program.get(path).await;
            assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
            assert!(response.headers().contains_key("content-security-policy"), "{path}");
            assert!(response.headers().contains_key("x-request-id"), "{path}");
        }
    })
    .await;
}
