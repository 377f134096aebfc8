//! Bad input: refused in the one shape of errors, naming the parameter, and nothing is written.

use chrono::TimeDelta;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    databases::{Store, on_each_database},
    program::{Answer, Program, all_at, endpoints_at, minute, request, send, with},
    target::Target,
};

const SCHEDULE: &str = "X-CloudScheduler-ScheduleTime";

/// The answer is a problem of this status and code, about this parameter.
#[track_caller]
fn assert_problem(answer: &Answer, status: u16, code: &str, parameter: Option<&str>) {
    assert_eq!(answer.content_type, "application/problem+json", "{answer:?}");
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.json["code"], code, "{answer:?}");
    assert_eq!(answer.json["parameter"], Value::from(parameter), "{answer:?}");
    assert!(answer.json["request_id"].is_string(), "{answer:?}");
}

/// Neither was anything probed nor written.
async fn assert_untouched(store: &Store, target: &Target) {
    assert_eq!(target.connections(), 0);
    assert!(store.observations().await.is_empty());
    assert!(store.measurements().await.is_empty());
    assert_eq!(store.waiting(), 0);
}

#[tokio::test]
async fn a_schedule_that_is_no_time_is_refused() {
    on_each_database(async |store| {
        let target = Target::hanging().await;
        let program = Program::start(store, &all_at(&target.url())).await;
        for text in ["", "soon", "2026-13-01T00:00:00Z", "1700000000", "'; drop table run; --"] {
            let request = request(program.address, "POST", "/tasks").header(SCHEDULE, text);
            assert_problem(&send(request).await, 400, "invalid_parameter", Some(SCHEDULE));
        }
        let bytes = reqwest::header::HeaderValue::from_bytes(b"2026-11-19T18:04:00Z\xff").unwrap();
        let request = request(program.address, "POST", "/tasks").header(SCHEDULE, bytes);
        assert_problem(&send(request).await, 400, "invalid_parameter", Some(SCHEDULE));
        assert_untouched(store, &target).await;
    })
    .await;
}

#[tokio::test]
async fn a_slot_far_ahead_or_long_past_is_refused() {
    on_each_database(async |store| {
        let target = Target::hanging().await;
        let program = Program::start(store, &all_at(&target.url())).await;
        let slots = [
            minute(12),
            minute(0) - TimeDelta::days(400),
            "9999-12-31T23:59:59Z".parse().unwrap(),
            "0001-01-01T00:00:00Z".parse().unwrap(),
        ];
        for slot in slots {
            let answer = program.trigger(slot).await;
            assert_problem(&answer, 400, "invalid_parameter", Some(SCHEDULE));
        }
        assert_untouched(store, &target).await;
    })
    .await;
}

#[tokio::test]
async fn what_does_not_exist_is_refused() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let program = Program::start(&store, &endpoints_at(&target.url())).await;

    let answer = program.call("POST", "/tasks/dynamo").await;
    assert_problem(&answer, 404, "unknown_probe", Some("probe"));
    assert_eq!(answer.json["near"], serde_json::json!(["dynamodb"]));
    let answer = program.call("POST", "/tasks/%27;%20drop%20table%20run").await;
    assert_problem(&answer, 404, "unknown_probe", Some("probe"));
    let answer = program.call("POST", "/tasks/%ff").await;
    assert_problem(&answer, 400, "invalid_path", None);

    let answer = program.call("POST", "/tasks/voting_game").await;
    assert_problem(&answer, 409, "disabled_probe", Some("probe"));
    assert!(answer.json["detail"].as_str().unwrap().contains("TM_VOTING_API_URL"), "{answer:?}");

    for (method, path, allowed) in
        [("GET", "/tasks", "POST"), ("PUT", "/tasks/sqs", "POST"), ("POST", "/probes", "GET, HEAD")]
    {
        let response = request(program.address, method, path).send().await.unwrap();
        assert_eq!(response.headers()["allow"], allowed, "{path}");
        let answer = program.call(method, path).await;
        assert_problem(&answer, 405, "method_not_allowed", None);
    }
    for path in ["/", "/task", "/tasks/sqs/receive_message", "/../etc/passwd"] {
        assert_problem(&program.call("POST", path).await, 404, "unknown_path", None);
    }
    assert_untouched(&store, &target).await;
}

#[tokio::test]
async fn a_parameter_that_is_malformed_is_refused() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let program = Program::start(&store, &endpoints_at(&target.url())).await;
    for value in ["maybe", "", "1"] {
        let answer = program.call("POST", &format!("/tasks/sqs?record={value}")).await;
        assert_problem(&answer, 400, "invalid_parameter", Some("record"));
    }
    assert_untouched(&store, &target).await;
}

#[tokio::test]
async fn a_parameter_that_is_misspelled_or_there_twice_is_refused() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let program = Program::start(&store, &endpoints_at(&target.url())).await;
    let answer = program.call("POST", "/tasks/sqs?recrod=false").await;
    assert_problem(&answer, 400, "unknown_parameter", Some("recrod"));
    assert_eq!(answer.json["near"][0], "record");
    let answer = program.call("POST", "/tasks/sqs?record=false&record=true").await;
    assert_problem(&answer, 400, "repeated_parameter", Some("record"));
    for (method, path) in [("POST", "/tasks?record=false"), ("GET", "/probes?region=us-east-1")] {
        assert_eq!(program.call(method, path).await.json["code"], "unknown_parameter", "{path}");
    }
    assert_untouched(&store, &target).await;
}

#[tokio::test]
async fn a_body_of_10_mb_is_refused() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let program = Program::start(&store, &endpoints_at(&target.url())).await;
    for path in ["/tasks", "/tasks/sqs"] {
        let request = request(program.address, "POST", path).body(vec![b'x'; 10_000_000]);
        assert_problem(&send(request).await, 413, "body_too_large", None);
    }
    assert_untouched(&store, &target).await;
}

#[tokio::test]
async fn what_is_not_http_is_refused_and_harms_nobody() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let program = Program::start(&store, &endpoints_at(&target.url())).await;
    let mut client = TcpStream::connect(program.address).await.unwrap();
    client.write_all(b"\x16\x03\x01\x02\x00 hello\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(program.call("GET", "/livez").await.status, 200);
    assert_untouched(&store, &target).await;
}

#[tokio::test]
async fn a_trigger_without_the_token_or_with_another_is_refused() {
    let target = Target::hanging().await;
    let store = Store::new().await;
    let deadline = ("TM_ROUND_DEADLINE", "0.3");
    let variables = with(all_at(&target.url()), &[("TM_TRIGGER_TOKEN", "open sesame"), deadline]);
    let program = Program::start(&store, &variables).await;
    for path in ["/tasks", "/tasks/sqs", "/tasks/nonsense"] {
        let refused = request(program.address, "POST", path);
        assert_problem(&send(refused).await, 401, "unauthorized", None);
        for shown in ["Bearer open", "Bearer ", "Basic b3BlbjpzZXNhbWU=", "x"] {
            let refused = request(program.address, "POST", path).header("authorization", shown);
            assert_problem(&send(refused).await, 401, "unauthorized", None);
        }
    }
    assert_untouched(&store, &target).await;
    let admitted = request(program.address, "POST", "/tasks").bearer_auth("open sesame");
    assert_eq!(send(admitted).await.json["recorded"], true);
}
