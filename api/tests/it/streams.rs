//! Streams of events as connections: how many, how slow, and how they end.

use std::time::Duration;

use model::Status::Up;
use serve::server::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    builders::{judged, round},
    databases::on_each_database,
    listening::Ear,
    program::{Program, Settings},
};

const EVENTS: &str = "/v1/events";
const REQUEST: &[u8] = b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n";

/// Far more than anything in here needs, on any machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until a stream can be opened.
async fn opened(program: &Program) -> Ear {
    let open = async {
        while program.get(EVENTS).await.status() != 200 {
            sleep(Duration::from_millis(50)).await;
        }
        Ear::open(program, EVENTS).await
    };
    timeout(PATIENCE, open).await.expect("a place")
}

#[tokio::test]
async fn a_stream_is_neither_packed_nor_kept() {
    on_each_database(async |program| {
        let answer = program.get_with(EVENTS, &[("accept-encoding", "gzip, br")]).await;
        let headers = answer.headers();
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-accel-buffering"], "no");
        for header in ["content-encoding", "etag", "content-length"] {
            assert!(!headers.contains_key(header), "{header}");
        }
        let head = b"HEAD /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let head = timeout(PATIENCE, program.raw(head)).await.expect("an end");
        assert!(head.starts_with("HTTP/1.1 200 OK") && head.ends_with("\r\n\r\n"), "{head}");
    })
    .await;
}

#[tokio::test]
async fn a_silent_stream_shows_every_15_seconds_that_it_lives_and_where_it_is() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up)])).await;
        let mut ear = Ear::open(program, "/v1/events?changes=true").await;
        program.record(round(1, [judged("SQS", Up)])).await;
        let beat = timeout(PATIENCE, ear.read()).await.expect("a heartbeat").expect("a stream");
        assert!(beat.comment && beat.event.is_empty() && beat.data.is_empty(), "{beat:?}");
        assert_eq!(beat.id, Some(2), "what was left out need not be looked at again");
    })
    .await;
}

#[tokio::test]
async fn streams_leave_room_for_other_requests() {
    on_each_database(async |program| {
        let settings = Settings { streams: 2, ..Settings::default() };
        let program = Program::with(&program.database_url, settings).await;
        let first = Ear::open(&program, EVENTS).await;
        let _second = Ear::open(&program, EVENTS).await;
        let refused = program.get(EVENTS).await;
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["retry-after"]),
            (503, &"60".parse().expect("a value"))
        );
        assert_eq!(program.problem(EVENTS).await["code"], "too_many_streams");
        let refused = timeout(PATIENCE, program.raw(REQUEST)).await.expect("an end");
        assert!(refused.contains("connection: close"), "{refused}");
        assert_eq!(program.get("/v1/status").await.status(), 200);
        drop(first);
        opened(&program).await;
    })
    .await;
}

#[tokio::test]
async fn a_client_that_stops_reading_is_dropped() {
    on_each_database(async |program| {
        let limits = Limits { stall: Duration::from_millis(300), ..Limits::default() };
        let settings = Settings { streams: 1, limits, ..Settings::default() };
        let program = Program::with(&program.database_url, settings).await;
        let mut silent = program.connect_narrowly().await;
        silent.write_all(REQUEST).await.expect("a write");
        assert!(silent.read(&mut [0; 512]).await.expect("a read") > 0);
        assert_eq!(program.get(EVENTS).await.status(), 503, "the only place is taken");
        // 170 KB an event: more than the kernel holds for a connection, after a few of them.
        let services = (0..1_000).map(|n| {
            let judged = judged("", Up);
            model::measurement::Measurement { service: format!("Service {n}").into(), ..judged }
        });
        let services: Vec<_> = services.collect();
        for n in 0..6 {
            program.record(round(n, services.clone())).await;
        }
        let mut next = opened(&program).await;
        program.record(round(6, [judged("SQS", Up)])).await;
        while next.round().await.id != Some(7) {}
        drop(silent);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_idle_streams_hear_of_one_round() {
    const STREAMS: usize = 300;
    on_each_database(async |program| {
        let mut streams = Vec::new();
        for _ in 0..STREAMS {
            let mut stream = program.connect().await;
            stream.write_all(REQUEST).await.expect("a write");
            read_until(&mut stream, "retry:").await;
            streams.push(stream);
        }
        assert_eq!(program.get("/v1/status").await.status(), 200);
        program.record(round(0, [judged("SQS", Up)])).await;
        for stream in &mut streams {
            read_until(stream, "\"us-east-1-20261119T1800Z\"").await;
        }
    })
    .await;
}

async fn read_until(stream: &mut TcpStream, words: &str) {
    let mut text = String::new();
    let reading = async {
        while !text.contains(words) {
            let mut bytes = [0; 2_048];
            let length = stream.read(&mut bytes).await.expect("a read");
            assert!(length > 0, "the stream has ended: {text}");
            text += std::str::from_utf8(&bytes[..length]).expect("text");
        }
    };
    timeout(PATIENCE, reading).await.expect("the words");
}
