//! The local cloud that the tests run beside.

use std::{collections::HashMap, env, fs, sync::LazyLock};

use serde_json::{Value, json};

static VARIABLES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let path = env::var("CLOUD_ENV").expect(
        "CLOUD_ENV is not set: run this test by `make test`, or by \
         `.venv/bin/python deploy/local/test_cloud.py -- cargo test -p voting-game`",
    );
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
});

/// A variable of the local cloud.
pub(crate) fn variable(name: &str) -> &'static str {
    VARIABLES.get(name).unwrap_or_else(|| panic!("the local cloud told no {name}"))
}

/// Calls an action of SQS and returns its answer. The local cloud checks no signatures.
pub(crate) async fn sqs(action: &str, body: Value) -> Value {
    let credential = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request, \
                      SignedHeaders=host, Signature=0";
    let answer = reqwest::Client::new()
        .post(variable("VOTING_SQS_ENDPOINT_URL"))
        .header("X-Amz-Target", format!("AmazonSQS.{action}"))
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("Authorization", credential)
        .body(body.to_string())
        .send()
        .await
        .expect("an answer of SQS");
    let text = answer.text().await.expect("a text");
    if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") }
}

/// Puts a message into a queue.
pub(crate) async fn send(queue_url: &str, body: &str) {
    let answer = sqs("SendMessage", json!({ "QueueUrl": queue_url, "MessageBody": body })).await;
    assert!(answer["MessageId"].is_string(), "{answer}");
}

/// Makes a queue that no other test uses, with its own dead letters, and returns the URLs of both.
pub(crate) async fn own_queue() -> (String, String) {
    let name = uuid::Uuid::new_v4().to_string();
    let dead = sqs("CreateQueue", json!({ "QueueName": format!("{name}-dead") })).await;
    let dead_url = dead["QueueUrl"].as_str().expect("a URL").to_owned();
    let request = json!({ "QueueUrl": dead_url, "AttributeNames": ["QueueArn"] });
    let arn = &sqs("GetQueueAttributes", request).await["Attributes"]["QueueArn"];
    let redrive = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 5 }).to_string();
    let attributes = json!({ "RedrivePolicy": redrive, "VisibilityTimeout": "30" });
    let queue = sqs("CreateQueue", json!({ "QueueName": name, "Attributes": attributes })).await;
    (queue["QueueUrl"].as_str().expect("a URL").to_owned(), dead_url)
}

/// How many messages wait in a queue or are in somebody's hands.
pub(crate) async fn messages(queue_url: &str) -> u32 {
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let request = json!({ "QueueUrl": queue_url, "AttributeNames": names });
    let answer = sqs("GetQueueAttributes", request).await;
    let number = |name: &str| -> u32 {
        answer["Attributes"][name].as_str().and_then(|text| text.parse().ok()).expect("a number")
    };
    names.into_iter().map(number).sum()
}
