//! Applications that break in the middle: what the steps after that say.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::{
    databases::Store,
    program::{Program, with},
    provider::{self, Reply},
    target::Target,
};

const TOPICS: &str = r#"[{"id": "t", "is_active": true, "choices": [{"id": "c"}]}]"#;
const VOTE: &str = r#"{"id": "v", "topic_id": "t", "choice_id": "c"}"#;

async fn steps_of(probe: &str, variables: &[(&'static str, &str)]) -> Vec<String> {
    let store = Store::new().await;
    Program::start(&store, &with(Vec::new(), variables)).await.steps_of(probe).await
}

/// Plays the voting game at `target`, where a vote may take half a second to become readable.
async fn play(target: &Target) -> Vec<String> {
    let url = target.url();
    steps_of("voting_game", &[("TM_VOTING_API_URL", &url), ("TM_SQS_SLEEP", "0.5")]).await
}

#[tokio::test]
async fn a_vote_that_is_written_after_a_while_is_read() {
    let polls = Arc::new(AtomicUsize::new(0));
    let target = provider::answering(move |action| match action {
        "GET /topics" => Reply::new(200, TOPICS),
        "POST /votes" => Reply::new(202, VOTE),
        _ if polls.fetch_add(1, Ordering::SeqCst) < 2 => Reply::new(404, ""),
        _ => Reply::new(200, VOTE),
    })
    .await;
    let steps = play(&target).await;
    assert_eq!(steps, ["get_topic: succeeded", "post_vote: succeeded", "read_vote: succeeded"]);
}

#[tokio::test]
async fn without_a_topic_there_is_no_vote_to_post_or_to_read() {
    let target = provider::answering(|_| Reply::new(503, "busy")).await;
    let steps = play(&target).await;
    assert_eq!(steps, ["get_topic: failed http_5xx", "post_vote: skipped", "read_vote: skipped"]);
    assert_eq!(target.connections(), 1);
}

#[tokio::test]
async fn a_vote_that_is_refused_is_not_waited_for() {
    let target = provider::answering(|action| match action {
        "GET /topics" => Reply::new(200, TOPICS),
        _ => Reply::new(500, ""),
    })
    .await;
    let steps = play(&target).await;
    assert_eq!(steps[1..], ["post_vote: failed http_5xx", "read_vote: skipped"]);
}

#[tokio::test]
async fn a_vote_that_is_accepted_and_never_readable_is_not_visible() {
    let target = provider::answering(|action| match action {
        "GET /topics" => Reply::new(200, TOPICS),
        "POST /votes" => Reply::new(202, VOTE),
        _ => Reply::new(404, ""),
    })
    .await;
    let steps = play(&target).await;
    assert_eq!(steps[1..], ["post_vote: succeeded", "read_vote: failed not_visible"]);
}

#[tokio::test]
async fn another_vote_than_was_posted_is_a_body_failure() {
    let target = provider::answering(|action| match action {
        "GET /topics" => Reply::new(200, TOPICS),
        "POST /votes" => Reply::new(202, VOTE),
        _ => Reply::new(200, VOTE.replace("\"c\"", "\"d\"")),
    })
    .await;
    assert_eq!(play(&target).await[2], "read_vote: failed body");
}

#[tokio::test]
async fn a_quote_that_is_too_long_or_none_is_a_body_failure() {
    for quote in ["\"\"".to_owned(), format!("{:?}", "x".repeat(141)), "{}".to_owned()] {
        let body = quote.clone();
        let target = provider::answering(move |_| Reply::new(200, body.clone())).await;
        let steps = steps_of("quotes", &[("TM_BEZZOS_QUOTES_URL", &target.url())]).await;
        assert_eq!(steps, ["get_quote: failed body"], "{quote}");
    }
}

#[tokio::test]
async fn a_shade_that_is_empty_is_a_body_failure() {
    let target = provider::answering(|_| Reply::new(200, "")).await;
    let steps = steps_of("shades", &[("TM_SHADES_URL", &target.url())]).await;
    assert_eq!(steps, ["get_shade: failed body"]);
}

#[tokio::test]
async fn a_beacon_with_other_content_is_a_body_failure() {
    let target =
        provider::answering(|_| Reply::new(200, "beacon").header("content-type", "image/png"))
            .await;
    let other = "00".repeat(32);
    let variables = [("TM_S3_FILE_URL", &*target.url()), ("TM_S3_FILE_SHA256", &other)];
    assert_eq!(steps_of("beacon", &variables).await, ["get_file: failed body"]);
}

#[tokio::test]
async fn a_beacon_that_its_bucket_announces_otherwise_is_a_body_failure() {
    let target = provider::answering(|_| {
        Reply::new(200, "beacon")
            .header("content-type", "image/png")
            .header("etag", "\"0f343b0931126a20f133d67c2b018a3b\"")
    })
    .await;
    let steps = steps_of("beacon", &[("TM_S3_FILE_URL", &target.url())]).await;
    assert_eq!(steps, ["get_file: failed body"]);
}
