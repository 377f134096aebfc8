//! More clients than places.

use std::time::Duration;

use serve::server::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{sleep, timeout},
};

use crate::support::Program;

/// Far more than anything in here needs, and far less than an idle client is given.
const PATIENCE: Duration = Duration::from_secs(20);

async fn with_places(connections: usize) -> Program {
    let head_in_a_crowd = Duration::from_millis(100);
    Program::with_limits(Limits { connections, head_in_a_crowd, ..Limits::default() }).await
}

#[tokio::test]
async fn half_a_request_keeps_nobody_out() {
    let program = with_places(8).await;
    let mut holding = Vec::new();
    for _ in 0..24 {
        let mut stream = program.connect().await;
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n").await.expect("a write");
        holding.push(stream);
    }
    let answer = timeout(PATIENCE, program.get("/livez")).await.expect("a place");
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn who_waits_for_an_answer_keeps_the_place() {
    let program = with_places(1).await;
    let later = async {
        sleep(Duration::from_millis(50)).await;
        timeout(PATIENCE, program.get("/livez")).await.expect("a place").status()
    };
    let (slow, later) = tokio::join!(program.get("/slow"), later);
    assert_eq!(slow.text().await.expect("text"), "done");
    assert_eq!(later, 200);
}

#[tokio::test]
async fn who_is_idle_may_stay_while_there_are_places() {
    let program = with_places(2).await;
    let mut idle = program.connect().await;
    for _ in 0..2 {
        idle.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("a write");
        let mut answer = [0; 1024];
        let length = idle.read(&mut answer).await.expect("a read");
        assert!(answer[..length].starts_with(b"HTTP/1.1 200"));
        assert_eq!(program.get("/livez").await.status(), 200);
        sleep(Duration::from_millis(300)).await;
    }
}
