//! Connections: limits, ends, and what is counted.

use std::time::{Duration, Instant};

use serve::server::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{sleep, timeout},
};

use crate::support::Program;

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let program = Program::start().await;
    let answer = program.raw(b"HEAD /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("content-length: 18"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn requests_are_counted_under_their_operation() {
    let program = Program::start().await;
    program.get("/double?number=1").await;
    program.get("/double?number=x").await;
    program.get("/wp-login.php").await;
    let shown = program.get("/prometheus").await.text().await.expect("text");
    for line in [
        r#"http_requests_total{operation="double",status="200"} 1"#,
        r#"http_requests_total{operation="double",status="400"} 1"#,
        r#"http_requests_total{operation="unmatched",status="404"} 1"#,
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[tokio::test]
async fn a_client_that_trickles_its_head_is_cut_off() {
    let limits = Limits { head: Duration::from_millis(200), ..Limits::default() };
    let program = Program::with_limits(limits).await;
    let mut stream = program.connect().await;
    let begun = Instant::now();
    let mut answer = Vec::new();
    for byte in b"GET /livez HTTP/1.1\r\n" {
        if stream.write_all(&[*byte]).await.is_err() {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    // Closed or reset: either way the connection is gone.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
}

#[tokio::test]
async fn garbage_is_refused_and_the_server_lives_on() {
    let program = Program::start().await;
    let answer = program.raw(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(program.get("/livez").await.status(), 200);
}

#[tokio::test]
async fn a_request_in_progress_finishes_before_the_end() {
    let program = Program::start().await;
    let url = program.url("/slow");
    let slow = tokio::spawn(async move { reqwest::get(url).await });
    sleep(Duration::from_millis(100)).await;
    let ended = program.stop();
    let answer = slow.await.expect("a task").expect("an answer");
    assert_eq!(answer.text().await.expect("text"), "done");
    timeout(Duration::from_secs(2), ended).await.expect("an end").expect("no panic");
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever() {
    let limits = Limits { grace: Duration::from_millis(100), ..Limits::default() };
    let program = Program::with_limits(limits).await;
    let mut stream = program.connect().await;
    stream
        .write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        .await
        .expect("a write");
    sleep(Duration::from_millis(50)).await;
    timeout(Duration::from_secs(2), program.stop()).await.expect("an end").expect("no panic");
}

#[tokio::test]
async fn a_silent_connection_does_not_delay_the_end() {
    let program = Program::start().await;
    let silent = program.connect().await;
    let mut idle = program.connect().await;
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("a write");
    let mut answer = [0; 1024];
    assert!(idle.read(&mut answer).await.expect("a read") > 0);
    let begun = Instant::now();
    program.stop().await.expect("no panic");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    drop((silent, idle));
}

#[tokio::test]
async fn clients_that_hold_every_place_do_not_delay_the_end() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let program = Program::with_limits(limits).await;
    let held = program.connect().await;
    let waiting = program.connect().await;
    sleep(Duration::from_millis(100)).await;
    timeout(Duration::from_secs(2), program.stop()).await.expect("an end").expect("no panic");
    drop((held, waiting));
}
