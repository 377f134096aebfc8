//! Services that answer, and answer wrongly: faults that the local cloud cannot produce.

use crate::{
    databases::Store,
    program::{Program, all_at, with},
    provider::{self, Reply},
    target::Target,
};

/// Runs one probe against `target`, each step for half a second at most.
async fn steps_of(probe: &str, target: &Target) -> Vec<String> {
    let store = Store::new().await;
    let variables = with(all_at(&target.url()), &[("TM_STEP_DEADLINE", "0.5")]);
    Program::start(&store, &variables).await.steps_of(probe).await
}

#[tokio::test]
async fn a_consistent_read_that_sees_nothing_is_stale_and_the_item_is_deleted() {
    let target = provider::answering(|_| Reply::new(200, "{}")).await;
    let steps = steps_of("dynamodb", &target).await;
    let expected = ["put_item: succeeded", "get_item: failed stale", "delete_item: succeeded"];
    assert_eq!(steps, expected);
}

#[tokio::test]
async fn another_item_than_was_written_is_a_body_failure() {
    let target = provider::answering(|action| match action {
        "GetItem" => Reply::new(200, r#"{"Item": {"id": {"S": "x"}, "nonce": {"S": "other"}}}"#),
        _ => Reply::new(200, "{}"),
    })
    .await;
    assert_eq!(steps_of("dynamodb", &target).await[1], "get_item: failed body");
}

#[tokio::test]
async fn a_function_that_fails_is_a_function_error() {
    let target = provider::answering(|_| {
        Reply::new(200, r#"{"errorMessage": "no shades left", "errorType": "Runtime"}"#)
            .header("x-amz-function-error", "Unhandled")
    })
    .await;
    assert_eq!(steps_of("lambda", &target).await, ["invoke: failed function_error"]);
}

#[tokio::test]
async fn a_function_that_answers_something_else_is_a_body_failure() {
    for payload in ["null", "[]", r#"{"statusCode": 500, "body": "x"}"#, "not JSON"] {
        let target = provider::answering(move |_| Reply::new(200, payload)).await;
        assert_eq!(steps_of("lambda", &target).await, ["invoke: failed body"], "{payload}");
    }
}

/// A fake EC2 with one instance.
async fn instance(state: &'static str, reason: &'static str, checks: &'static str) -> Target {
    provider::answering(move |action| match action {
        "DescribeInstances" => Reply::new(
            200,
            format!(
                "<DescribeInstancesResponse><reservationSet><item><instancesSet><item>\
                 <instanceId>i-0123456789abcdef0</instanceId>\
                 <instanceState><code>80</code><name>{state}</name></instanceState>\
                 <stateReason><code>{reason}</code></stateReason>\
                 </item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
            ),
        ),
        _ => Reply::new(
            200,
            format!(
                "<DescribeInstanceStatusResponse><instanceStatusSet><item>\
                 <instanceId>i-0123456789abcdef0</instanceId>\
                 <systemStatus><status>{checks}</status></systemStatus>\
                 <instanceStatus><status>ok</status></instanceStatus>\
                 </item></instanceStatusSet></DescribeInstanceStatusResponse>"
            ),
        ),
    })
    .await
}

#[tokio::test]
async fn an_instance_that_runs_and_passes_its_checks_is_well() {
    let steps = steps_of("ec2", &instance("running", "", "ok").await).await;
    assert!(steps.contains(&"describe_instances: succeeded".into()), "{steps:?}");
    assert!(steps.contains(&"describe_instance_status: succeeded".into()), "{steps:?}");
}

#[tokio::test]
async fn an_instance_that_the_provider_stopped_is_impaired() {
    let target = instance("stopped", "Server.ScheduledStop", "ok").await;
    let steps = steps_of("ec2", &target).await;
    assert!(steps.contains(&"describe_instances: failed impaired".into()), "{steps:?}");
}

#[tokio::test]
async fn an_instance_that_we_stopped_is_a_matter_of_configuration() {
    let target = instance("stopped", "Client.UserInitiatedShutdown", "ok").await;
    let steps = steps_of("ec2", &target).await;
    assert!(steps.contains(&"describe_instances: failed configuration".into()), "{steps:?}");
}

#[tokio::test]
async fn a_system_whose_checks_fail_is_impaired() {
    let target = instance("running", "", "impaired").await;
    let steps = steps_of("ec2", &target).await;
    assert!(steps.contains(&"describe_instance_status: failed impaired".into()), "{steps:?}");
}

/// A fake SQS that accepts messages, and receives none.
#[tokio::test]
async fn a_message_that_was_sent_and_never_received_is_not_visible() {
    let target = provider::answering(|action| match action {
        "GetQueueUrl" => Reply::new(200, r#"{"QueueUrl": "http://127.0.0.1/000/cloud-monitor"}"#),
        "SendMessage" => Reply::new(200, r#"{"MessageId": "5c1f", "MD5OfMessageBody": ""}"#),
        _ => Reply::new(200, "{}"),
    })
    .await;
    let steps = steps_of("sqs", &target).await;
    assert_eq!(steps[2..], ["receive_message: failed not_visible", "delete_message: skipped"]);
}
