//! Calls of the provider's SDK on our wire: they have phases, and failures with a name.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use model::{Failure, Phase};
use task_runner::net::{
    Exchange, Wire,
    sdk::{self, Exchanges},
};
use tokio::time::Instant;

use crate::{
    certificates::Authority,
    databases::Store,
    delays::{Slow, assert_only, borders},
    faults::{completed, wire},
    name_server::{NameServer, Zone},
    program::{Program, endpoints_at},
    provider::{self, Reply},
    target::{Target, nobody},
};

/// Lists tables at `url` over `wire`; what the exchange was like, and the failure of the wire.
async fn call(wire: Wire, url: &str, patience: Duration) -> (Exchange, Option<Failure>) {
    let exchanges = Exchanges::default();
    let client = sdk::timed(wire, Instant::now() + patience, exchanges.clone());
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIA", "secret", None, None, "test"))
        .endpoint_url(url)
        .retry_config(RetryConfig::disabled())
        .http_client(client)
        .build();
    let result = Client::from_conf(config).list_tables().send().await;
    let (exchange, failed) = exchanges.lock().unwrap().pop().unwrap();
    assert_eq!(result.is_err(), failed.is_some(), "{result:?}");
    (exchange, failed.map(|failed| failed.failure))
}

const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_delay_at_a_phase_border_shows_in_that_phase_of_a_call() {
    for (phase, pauses) in borders() {
        let slow = Slow::with(pauses).await;
        let (exchange, failure) = call(slow.wire(), &slow.url(), PATIENCE).await;
        assert_eq!(failure, None);
        assert_only(phase, &exchange);
    }
}

#[tokio::test]
async fn a_call_that_is_refused_never_connected() {
    let (exchange, failure) = call(wire(), &format!("http://{}", nobody()), PATIENCE).await;
    assert_eq!((failure, exchange.phase), (Some(Failure::Connect), Some(Phase::Connect)));
    assert_eq!(completed(&exchange), []);
}

#[tokio::test]
async fn a_call_to_a_name_that_is_gone_never_resolved() {
    let server = NameServer::of(Zone::default()).await;
    let wire = Wire::new(server.resolver(), Authority::new().trust());
    let url = "https://dynamodb.us-east-1.amazonaws.example";
    let (exchange, failure) = call(wire, url, PATIENCE).await;
    assert_eq!((failure, exchange.phase), (Some(Failure::Resolve), Some(Phase::Resolve)));
}

#[tokio::test]
async fn a_call_that_is_never_answered_ends_at_its_deadline_while_processing() {
    let target = Target::hanging().await;
    let patience = Duration::from_millis(300);
    let (exchange, failure) = call(wire(), &target.url(), patience).await;
    assert_eq!((failure, exchange.phase), (Some(Failure::Timeout), Some(Phase::Processing)));
    assert_eq!(completed(&exchange), [Phase::Connect]);
}

#[tokio::test]
async fn a_call_with_a_bad_certificate_is_a_tls_failure() {
    let acceptor = Authority::new().certify("127.0.0.1");
    let target = Target::new(move |stream| {
        let acceptor = acceptor.clone();
        async move { drop(acceptor.accept(stream).await) }
    })
    .await;
    let store = Store::new().await;
    let endpoints = endpoints_at(&format!("https://{}", target.address));
    let trust = Authority::new().trust();
    let program = Program::trusting(&store, &with_key(&endpoints), trust).await;
    let steps = program.steps_of("iam").await;
    assert_eq!(steps, ["get_access_key_last_used: failed tls in tls"]);
}

#[tokio::test]
async fn a_refusal_is_classified_by_its_code_and_its_status() {
    let refusals = [
        (400, "ThrottlingException", "throttled"),
        (400, "ProvisionedThroughputExceededException", "throttled"),
        (429, "SomethingNew", "throttled"),
        (400, "UnrecognizedClientException", "credentials"),
        (400, "ExpiredTokenException", "credentials"),
        (403, "AccessDeniedException", "credentials"),
        (400, "ValidationException", "http_4xx"),
        (500, "InternalServerError", "http_5xx"),
        (503, "ServiceUnavailable", "http_5xx"),
    ];
    for (status, code, failure) in refusals {
        let target = provider::answering(move |_| Reply::refusal(status, code)).await;
        let steps = steps_of("dynamodb", &target).await;
        let first = format!("put_item: failed {failure}");
        assert_eq!(steps, [&first, "get_item: skipped", "delete_item: skipped"], "{code}");
    }
}

#[tokio::test]
async fn a_5xx_that_is_no_answer_of_the_service_is_a_5xx() {
    let target = provider::answering(|_| Reply::new(502, "<html>Bad Gateway</html>")).await;
    for (probe, first) in [
        ("dynamodb", "put_item"),
        ("sqs", "get_queue"),
        ("lambda", "invoke"),
        ("iam", "get_access_key_last_used"),
        ("ec2", "describe_instances"),
    ] {
        let steps = steps_of(probe, &target).await;
        assert_eq!(steps[0], format!("{first}: failed http_5xx"), "{probe}");
    }
}

#[tokio::test]
async fn a_refused_call_is_not_repeated() {
    let target = provider::answering(|_| Reply::refusal(503, "ServiceUnavailable")).await;
    steps_of("lambda", &target).await;
    assert_eq!(target.connections(), 1);
}

#[tokio::test]
async fn a_call_over_tls_says_how_long_each_phase_took() {
    let authority = Authority::new();
    let acceptor = authority.certify("127.0.0.1");
    let target = provider::answering_over(acceptor, |_| {
        Reply::new(503, "{}").header("x-amzn-requestid", "0A1B2C")
    })
    .await;
    let store = Store::new().await;
    let endpoints = endpoints_at(&format!("https://{}", target.address));
    let trust = authority.trust();
    let program = Program::trusting(&store, &with_key(&endpoints), trust).await;
    let answer = program.call("POST", "/tasks/lambda").await.json;
    let seen = &answer["observations"][0];
    assert_eq!(seen["request_id"], "0A1B2C");
    assert_eq!(seen["http_status"], 503);
    assert!(seen["phases"]["resolve_us"].is_null(), "nobody is asked for a number: {seen}");
    for phase in ["connect_us", "tls_us", "processing_us", "transfer_us"] {
        assert!(seen["phases"][phase].as_i64().is_some_and(|us| us > 0), "{phase} in {seen}");
    }
}

/// Runs one probe whose every endpoint is `target`.
async fn steps_of(probe: &str, target: &Target) -> Vec<String> {
    let store = Store::new().await;
    let variables = with_key(&endpoints_at(&target.url()));
    Program::start(&store, &variables).await.steps_of(probe).await
}

fn with_key(endpoints: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let own = [
        ("TM_AWS_ACCESS_KEY_ID", "AKIA".to_owned()),
        ("TM_AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ("TM_VOTING_EC2_INSTANCE_ID", "i-1".to_owned()),
    ];
    endpoints.iter().cloned().chain(own).collect()
}
