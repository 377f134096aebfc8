//! The local cloud that the tests named `cloud_…` run beside.

use std::{collections::HashMap, env, fs, sync::LazyLock};

use serde_json::{Value, json};

static VARIABLES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let path = env::var("CLOUD_ENV").expect(
        "CLOUD_ENV is not set: run this test by `make test`, or by \
         `.venv/bin/python deploy/local/test_cloud.py -- cargo test -p task-runner`",
    );
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
});

/// A variable of the local cloud.
pub(crate) fn variable(name: &str) -> &'static str {
    VARIABLES.get(name).unwrap_or_else(|| panic!("the local cloud told no {name}"))
}

/// Everything that a runner has to know about the local cloud.
pub(crate) fn variables() -> Vec<(&'static str, String)> {
    let ours = VARIABLES.iter().filter(|(name, _)| name.starts_with("TM_"));
    ours.map(|(name, value)| (name.as_str(), value.clone())).collect()
}

/// Calls an action of SQS or DynamoDB and returns its answer. The local cloud checks no
/// signatures.
pub(crate) async fn call(target: &str, body: Value) -> Value {
    let service = if target.starts_with("AmazonSQS") { "sqs" } else { "dynamodb" };
    let credential = format!(
        "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0"
    );
    let answer = reqwest::Client::new()
        .post(variable("TM_AWS_SQS_ENDPOINT_URL"))
        .header("X-Amz-Target", target)
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("Authorization", credential)
        .body(body.to_string())
        .send()
        .await
        .expect("an answer of the local cloud");
    answer.json().await.expect("JSON")
}

/// How many messages wait in a queue or are in somebody's hands.
pub(crate) async fn messages(queue: &str) -> u32 {
    let url = call("AmazonSQS.GetQueueUrl", json!({ "QueueName": queue })).await;
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let request = json!({ "QueueUrl": url["QueueUrl"], "AttributeNames": names });
    let answer = call("AmazonSQS.GetQueueAttributes", request).await;
    let number = |name: &str| -> u32 {
        let text = answer["Attributes"][name].as_str();
        text.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name} in {answer}"))
    };
    names.into_iter().map(number).sum()
}

/// How many items a table has.
pub(crate) async fn items(table: &str) -> u64 {
    let request = json!({ "TableName": table, "Select": "COUNT" });
    let answer = call("DynamoDB_20120810.Scan", request).await;
    answer["Count"].as_u64().unwrap_or_else(|| panic!("a count in {answer}"))
}

/// Calls an action of EC2 and returns its XML.
pub(crate) async fn ec2(action: &str, parameters: &str) -> String {
    let credential = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/ec2/aws4_request, \
                      SignedHeaders=host, Signature=0";
    let answer = reqwest::Client::new()
        .post(variable("TM_EC2_ENDPOINT_URL"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Authorization", credential)
        .body(format!("Action={action}&Version=2016-11-15&{parameters}"))
        .send()
        .await
        .expect("an answer of EC2");
    let answer = answer.error_for_status().expect("a success");
    answer.text().await.expect("text")
}
