//! What a plain HTTP exchange makes of a broken target: the failure, its phase, and the phases
//! that were reached.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use model::{Failure, Phase};
use task_runner::net::{Answer, Exchange, Failed, MAX_BODY, Trust, Wire, dns::Resolver};
use tokio::{
    io::AsyncWriteExt,
    time::{Instant, sleep},
};

use crate::target::{Target, answer, nobody, request};

/// Far more than anything on loopback takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// An exchange, and what came of it.
pub(crate) type Exchanged = (Exchange, Result<Answer, Failed>);

pub(crate) fn wire() -> Wire {
    Wire::new(Resolver::of_system(), Trust::of_system())
}

/// Gets `url` over `wire`, for as long as `patience`.
pub(crate) async fn get(wire: &Wire, url: &str, patience: Duration) -> Exchanged {
    let request = Request::get(url).body(Bytes::new()).unwrap();
    wire.exchange(request, Instant::now() + patience).await
}

/// The phases that an exchange completed.
pub(crate) fn completed(exchange: &Exchange) -> Vec<Phase> {
    use Phase::*;
    let phases = [
        (Resolve, exchange.resolve),
        (Connect, exchange.connect),
        (Tls, exchange.tls),
        (Processing, exchange.processing),
        (Transfer, exchange.transfer),
    ];
    phases.into_iter().filter_map(|(phase, time)| time.map(|_| phase)).collect()
}

/// The exchange failed so in this phase, after it had completed those.
#[track_caller]
pub(crate) fn assert_failed(
    (exchange, result): Exchanged,
    failure: Failure,
    phase: Phase,
    before: &[Phase],
) {
    let failed = result.unwrap_err();
    assert_eq!((failed.failure, exchange.phase), (failure, Some(phase)), "{failed:?}");
    assert_eq!(completed(&exchange), before, "{failed:?}");
}

async fn of(target: &Target) -> Exchanged {
    get(&wire(), &target.url(), PATIENCE).await
}

/// The answer came whole, and is refused as this.
#[track_caller]
fn assert_refused((exchange, result): Exchanged, failure: Failure) {
    assert_eq!(completed(&exchange), [Phase::Connect, Phase::Processing, Phase::Transfer]);
    assert_eq!(exchange.phase, None);
    let failed = result.unwrap().expect(StatusCode::OK).unwrap_err();
    assert_eq!(failed.failure, failure, "{failed:?}");
}

#[tokio::test]
async fn a_refused_connection_is_a_connect_failure() {
    let exchanged = get(&wire(), &format!("http://{}/", nobody()), PATIENCE).await;
    assert_failed(exchanged, Failure::Connect, Phase::Connect, &[]);
}

#[tokio::test]
async fn a_reset_after_accept_is_a_reset_while_processing() {
    let target = Target::new(|mut stream| async move {
        request(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    assert_failed(of(&target).await, Failure::Reset, Phase::Processing, &[Phase::Connect]);
}

#[tokio::test]
async fn a_connection_that_is_closed_without_an_answer_is_a_reset() {
    let target = Target::answering("").await;
    assert_failed(of(&target).await, Failure::Reset, Phase::Processing, &[Phase::Connect]);
}

#[tokio::test]
async fn a_reset_in_mid_body_is_a_reset_of_the_transfer() {
    let target = Target::new(|mut stream| async move {
        request(&mut stream).await;
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf";
        stream.write_all(half).await.unwrap();
        // The half has to be read before the reset overtakes it.
        sleep(Duration::from_millis(200)).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    let before = [Phase::Connect, Phase::Processing];
    assert_failed(of(&target).await, Failure::Reset, Phase::Transfer, &before);
}

#[tokio::test]
async fn a_body_that_ends_early_is_a_reset_of_the_transfer() {
    let target = Target::answering("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    let before = [Phase::Connect, Phase::Processing];
    assert_failed(of(&target).await, Failure::Reset, Phase::Transfer, &before);
}

#[tokio::test]
async fn a_503_is_the_servers_failure_and_was_timed_to_its_end() {
    let target = Target::answering(answer("503 Service Unavailable", "busy")).await;
    assert_refused(of(&target).await, Failure::Http5xx);
}

#[tokio::test]
async fn a_404_is_a_4xx() {
    let target = Target::answering(answer("404 Not Found", "")).await;
    assert_refused(of(&target).await, Failure::Http4xx);
}

#[tokio::test]
async fn a_429_is_throttling() {
    let target = Target::answering(answer("429 Too Many Requests", "")).await;
    assert_refused(of(&target).await, Failure::Throttled);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Target::answering(answer("200 OK", "")).await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", elsewhere.url());
    let target = Target::answering(redirect).await;
    assert_refused(of(&target).await, Failure::HttpStatus);
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_body_of_one_mebibyte_is_read_and_one_byte_more_is_not() {
    let largest = "x".repeat(MAX_BODY);
    let target = Target::answering(answer("200 OK", &largest)).await;
    assert_eq!(of(&target).await.1.unwrap().body.len(), MAX_BODY);

    let target = Target::answering(answer("200 OK", &format!("{largest}x"))).await;
    let before = [Phase::Connect, Phase::Processing];
    assert_failed(of(&target).await, Failure::Oversized, Phase::Transfer, &before);
}

#[tokio::test]
async fn an_endless_body_is_dropped_at_the_limit() {
    let (told, sent) = tokio::sync::oneshot::channel();
    let told = std::sync::Mutex::new(Some(told));
    let target = Target::new(move |mut stream| {
        let told = told.lock().unwrap().take().unwrap();
        async move {
            request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut written = 0;
            while stream.write_all(&[b'x'; 64 * 1024]).await.is_ok() {
                written += 64 * 1024;
            }
            told.send(written).unwrap();
        }
    })
    .await;
    let before = [Phase::Connect, Phase::Processing];
    assert_failed(of(&target).await, Failure::Oversized, Phase::Transfer, &before);
    // What the kernel's buffers on both sides take may be beyond it.
    let written = sent.await.unwrap();
    assert!((MAX_BODY..MAX_BODY + (16 << 20)).contains(&written), "{written}");
}

#[tokio::test]
async fn an_endless_head_is_a_protocol_failure() {
    let target = Target::new(|mut stream| async move {
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
        while stream.write_all(format!("x: {}\r\n", "x".repeat(1000)).as_bytes()).await.is_ok() {}
    })
    .await;
    assert_failed(of(&target).await, Failure::Protocol, Phase::Processing, &[Phase::Connect]);
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_failure() {
    for greeting in ["SSH-2.0-OpenSSH_9.2p1\r\n", "220 mail.example ESMTP\r\n", "\0\u{1}\u{2}\u{3}"]
    {
        let target = Target::answering(greeting).await;
        assert_failed(of(&target).await, Failure::Protocol, Phase::Processing, &[Phase::Connect]);
    }
}

#[tokio::test]
async fn a_malformed_chunk_is_a_protocol_failure_of_the_transfer() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno number\r\n";
    let target = Target::answering(chunked).await;
    let before = [Phase::Connect, Phase::Processing];
    assert_failed(of(&target).await, Failure::Protocol, Phase::Transfer, &before);
}

#[tokio::test]
async fn a_target_that_never_answers_is_a_timeout_while_processing() {
    let target = Target::hanging().await;
    let exchanged = get(&wire(), &target.url(), Duration::from_millis(300)).await;
    let lasted = exchanged.0.ended - exchanged.0.started;
    assert!((300..600).contains(&lasted.as_millis()), "{lasted:?}");
    assert_failed(exchanged, Failure::Timeout, Phase::Processing, &[Phase::Connect]);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_a_timeout_of_the_transfer() {
    let target = Target::new(|mut stream| async move {
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").await.unwrap();
        sleep(PATIENCE).await;
    })
    .await;
    let exchanged = get(&wire(), &target.url(), Duration::from_millis(300)).await;
    assert_eq!(exchanged.0.status, Some(StatusCode::OK));
    let before = [Phase::Connect, Phase::Processing];
    assert_failed(exchanged, Failure::Timeout, Phase::Transfer, &before);
}

#[tokio::test]
async fn the_providers_id_of_the_request_is_noted_although_the_body_breaks() {
    let head = "HTTP/1.1 200 OK\r\nx-amzn-RequestId: 5c1f\r\ncontent-length: 9\r\n\r\n";
    let target = Target::answering(head).await;
    assert_eq!(of(&target).await.0.request_id.as_deref(), Some("5c1f"));
}

#[tokio::test]
async fn an_address_that_cannot_be_called_is_a_matter_of_configuration() {
    let (exchange, result) = get(&wire(), "ftp://127.0.0.1/", PATIENCE).await;
    assert_eq!(result.unwrap_err().failure, Failure::Configuration);
    assert_eq!(completed(&exchange), []);
}
