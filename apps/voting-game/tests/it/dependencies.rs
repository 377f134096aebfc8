//! What the API does while the provider is away. Needs no cloud: that is the point.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{Client, RequestBuilder, StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::program::{Program, api_without_variables};

/// Every call that needs the provider, while both services are at `url`.
async fn answers_with_services_at(url: &str) -> Vec<(StatusCode, Value, Duration)> {
    let (_api, base) = Program::api(&[
        ("VOTING_QUEUE_URL", &format!("{url}/000000000000/votes")),
        ("VOTING_DYNAMODB_ENDPOINT_URL", url),
        ("VOTING_SQS_ENDPOINT_URL", url),
    ])
    .await;
    let vote = json!({ "topic_id": Uuid::nil(), "choice_id": Uuid::nil() }).to_string();
    let client = Client::new();
    let requests = [
        client.get(format!("{base}/topics")),
        client.get(format!("{base}/votes/{}", Uuid::nil())),
        client.post(format!("{base}/votes")).body(vote),
    ];
    join_all(requests.map(timed)).await
}

async fn timed(request: RequestBuilder) -> (StatusCode, Value, Duration) {
    let started = Instant::now();
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()[RETRY_AFTER], "5");
    (answer.status(), answer.json().await.unwrap(), started.elapsed())
}

#[tokio::test]
async fn a_provider_that_refuses_connections_gives_503_at_once() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for (status, problem, took) in answers_with_services_at(&format!("http://{closed}")).await {
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::SERVICE_UNAVAILABLE, &json!("unavailable"))
        );
        assert!(problem["detail"].as_str().unwrap().ends_with("is away"), "{problem}");
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
}

#[tokio::test]
async fn a_provider_that_never_answers_gives_503_within_five_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    for (status, _, took) in answers_with_services_at(&url).await {
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(took < Duration::from_millis(5500), "{took:?}");
    }
}

#[test]
fn missing_variables_are_named_at_once_and_the_exit_code_is_2() {
    let output = api_without_variables();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    for name in ["VOTING_API_KEY", "AWS_REGION", "VOTING_QUEUE_URL"] {
        assert!(said.contains(name), "{name} is not in {said}");
    }
}
