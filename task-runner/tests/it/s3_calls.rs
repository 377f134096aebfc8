//! S3's direct calls: signed by ourselves, and told apart when they fail.

use crate::{
    cloud,
    databases::Store,
    program::{Program, minute, signed_at, status_of, steps, with},
    provider::{self, Reply},
    target::Target,
};

async fn program_at(target: &Target) -> Program {
    let url = target.url();
    let others =
        [("TM_S3_BUCKET", "bucket"), ("TM_S3_ENDPOINT_URL", &*url), ("TM_STEP_DEADLINE", "0.5")];
    Program::start(&Store::new().await, &with(signed_at(&url), &others)).await
}

fn refusal(status: u16, code: &str) -> Reply {
    Reply::new(status, format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
}

/// Puts succeed, and everything else is answered so.
async fn after_put(reply: Reply) -> Vec<String> {
    let target = provider::answering(move |action| match action.starts_with("PUT") {
        true => Reply::new(200, ""),
        false => reply.clone(),
    })
    .await;
    program_at(&target).await.steps_of("s3").await
}

#[tokio::test]
async fn cloud_calls_of_s3_write_read_and_delete() {
    let store = Store::new().await;
    let program = Program::start(&store, &cloud::variables()).await;
    let expected = ["put_object: succeeded", "get_object: succeeded", "delete_object: succeeded"];
    assert_eq!(program.steps_of("s3").await, expected);
}

#[tokio::test]
async fn a_bucket_that_does_not_exist_is_a_matter_of_configuration() {
    let store = Store::new().await;
    let variables = with(cloud::variables(), &[("TM_S3_BUCKET", "no-such-bucket-anywhere")]);
    let steps = Program::start(&store, &variables).await.steps_of("s3").await;
    assert_eq!(steps[0], "put_object: failed configuration");
}

#[tokio::test]
async fn a_refusal_is_classified_by_its_code() {
    let codes = [
        (503, "SlowDown", "throttled"),
        (503, "ServiceUnavailable", "http_5xx"),
        (403, "ExpiredToken", "credentials"),
        (403, "RequestTimeTooSkewed", "clock"),
        (404, "NoSuchBucket", "configuration"),
        (301, "PermanentRedirect", "configuration"),
        (400, "AuthorizationHeaderMalformed", "configuration"),
    ];
    for (status, code, failure) in codes {
        let target = provider::answering(move |_| refusal(status, code)).await;
        let steps = program_at(&target).await.steps_of("s3").await;
        assert_eq!(steps[0], format!("put_object: failed {failure}"), "{code}");
        assert_eq!(steps[1..], ["get_object: skipped", "delete_object: skipped"]);
    }
}

#[tokio::test]
async fn an_object_that_is_not_there_or_another_one_is_told() {
    let missing = after_put(refusal(404, "NoSuchKey")).await;
    assert_eq!(missing[1], "get_object: failed stale");
    let other = after_put(Reply::new(200, "cloud-monitor another")).await;
    assert_eq!(other[1], "get_object: failed body");
    assert_eq!(other[2], "delete_object: succeeded");
}

#[tokio::test]
async fn writes_that_fail_while_the_public_file_is_read_are_degraded() {
    let target = provider::answering(|_| refusal(503, "ServiceUnavailable")).await;
    let url = target.url();
    let store = Store::new().await;
    let variables = with(cloud::variables(), &[("TM_S3_ENDPOINT_URL", &url)]);
    let answer = Program::start(&store, &variables).await.trigger(minute(0)).await.json;
    assert_eq!(status_of(&answer, "S3"), "degraded", "{:?}", steps(&answer));
}
