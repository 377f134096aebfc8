//! Every error has the one shape.

use crate::support::{Program, problem};

#[tokio::test]
async fn a_malformed_parameter_is_named() {
    let program = Program::start().await;
    let problem = problem(program.get("/double?number=many").await).await;
    assert_eq!(problem["status"], 400);
    assert_eq!(problem["code"], "invalid_parameter");
    assert_eq!(problem["parameter"], "number");
    assert_eq!(problem["detail"], "number: a whole number is needed");
}

#[tokio::test]
async fn a_missing_parameter_is_named() {
    let program = Program::start().await;
    let problem = problem(program.get("/double").await).await;
    assert_eq!(problem["parameter"], "number");
}

#[tokio::test]
async fn a_request_that_does_not_say_whom_it_is_for_is_a_400() {
    let program = Program::start().await;
    for hosts in ["", "Host: x\r\nHost: y\r\n"] {
        let request = format!("GET /livez HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        let answer = program.raw(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains(r#""parameter":"Host""#), "{answer}");
    }
    let older = program.raw(b"GET /livez HTTP/1.0\r\n\r\n").await;
    assert!(older.starts_with("HTTP/1.0 200 "), "{older}");
}

#[tokio::test]
async fn an_unknown_path_is_a_404() {
    let program = Program::start().await;
    let problem = problem(program.get("/nowhere").await).await;
    assert_eq!(problem["status"], 404);
    assert_eq!(problem["code"], "unknown_path");
}

#[tokio::test]
async fn a_wrong_method_is_a_405() {
    let program = Program::start().await;
    let client = reqwest::Client::new();
    let response = client.delete(program.url("/double")).send().await.expect("an answer");
    assert_eq!(problem(response).await["code"], "method_not_allowed");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_a_400() {
    let program = Program::start().await;
    let client = reqwest::Client::new().post(program.url("/echo"));
    let response = client.header("content-type", "application/json").body("{").send().await;
    assert_eq!(problem(response.expect("an answer")).await["code"], "invalid_body");
}

#[tokio::test]
async fn a_foreign_media_type_is_a_415() {
    let program = Program::start().await;
    let client = reqwest::Client::new().post(program.url("/echo"));
    let response = client.header("content-type", "text/csv").body("1").send().await;
    assert_eq!(problem(response.expect("an answer")).await["status"], 415);
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_a_413() {
    let program = Program::start().await;
    for path in ["/echo", "/nowhere"] {
        let client = reqwest::Client::new().post(program.url(path));
        let response = client.body(vec![b'x'; 10_000_000]).send().await.expect("an answer");
        assert_eq!(problem(response).await["code"], "body_too_large");
    }
}

#[tokio::test]
async fn a_body_without_a_length_is_limited_too() {
    let program = Program::start().await;
    let mut request = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..20 {
        request.extend_from_slice(b"2000\r\n");
        request.extend_from_slice(&[b'x'; 0x2000]);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    let answer = program.raw(&request).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    let program = Program::start().await;
    let problem = problem(program.get("/panic").await).await;
    assert_eq!(problem["code"], "internal");
    assert!(!problem.to_string().contains("secret"), "{problem}");
    assert_eq!(program.get("/livez").await.status(), 200);
}

#[tokio::test]
async fn a_503_hides_its_cause_and_says_when_to_come_back() {
    let program = Program::start().await;
    let response = program.get("/away").await;
    assert_eq!(response.headers()["retry-after"], "5");
    let problem = problem(response).await;
    assert_eq!(problem["code"], "unavailable");
    assert!(!problem.to_string().contains("hunter2"), "{problem}");
}

#[tokio::test]
async fn near_values_are_offered() {
    let program = Program::start().await;
    let problem = problem(program.get("/near").await).await;
    assert_eq!(problem["near"][0], "us-east-1");
}

#[tokio::test]
async fn a_callers_request_id_is_kept_on_errors_too() {
    let program = Program::start().await;
    let client = reqwest::Client::new().get(program.url("/nowhere"));
    let response = client.header("x-request-id", "abc-1").send().await.expect("an answer");
    assert_eq!(problem(response).await["request_id"], "abc-1");
}

#[tokio::test]
async fn a_harmful_request_id_is_replaced() {
    let program = Program::start().await;
    let client = reqwest::Client::new().get(program.url("/livez"));
    let response = client.header("x-request-id", "a b").send().await.expect("an answer");
    assert_eq!(response.headers()["x-request-id"].len(), 36);
}
