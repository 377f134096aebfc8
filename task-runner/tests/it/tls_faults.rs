//! What an exchange makes of a broken TLS server.

use std::time::Duration;

use model::{Failure, Phase};
use task_runner::net::{Wire, dns::Resolver};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

use crate::{
    certificates::Authority,
    faults::{PATIENCE, assert_failed, completed, get},
    target::{Target, answer, answer_slowly, request},
};

fn trusting(authority: &Authority) -> Wire {
    Wire::new(Resolver::of_system(), authority.trust())
}

/// A target that shakes hands as `acceptor`, and answers.
async fn secured(acceptor: TlsAcceptor) -> (Target, String) {
    let target = Target::new(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                answer_slowly(stream, Duration::ZERO, Duration::ZERO).await;
            }
        }
    })
    .await;
    let url = format!("https://{}/", target.address);
    (target, url)
}

#[tokio::test]
async fn a_good_certificate_of_an_address_is_accepted() {
    let authority = Authority::new();
    let (_target, url) = secured(authority.certify("127.0.0.1")).await;
    let (exchange, result) = get(&trusting(&authority), &url, PATIENCE).await;
    assert_eq!(result.unwrap().body, "{}");
    let all = [Phase::Connect, Phase::Tls, Phase::Processing, Phase::Transfer];
    assert_eq!(completed(&exchange), all);
}

#[tokio::test]
async fn a_good_certificate_of_an_ipv6_address_is_accepted() {
    let Ok(listener) = tokio::net::TcpListener::bind("[::1]:0").await else {
        println!("this machine has no IPv6");
        return;
    };
    let authority = Authority::new();
    let acceptor = authority.certify("::1");
    let target = Target::on(listener, move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let stream = acceptor.accept(stream).await.unwrap();
            answer_slowly(stream, Duration::ZERO, Duration::ZERO).await;
        }
    });
    let url = format!("https://{}/", target.address);
    let (_, result) = get(&trusting(&authority), &url, PATIENCE).await;
    assert_eq!(result.unwrap().body, "{}");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_a_tls_failure() {
    let (_target, url) = secured(Authority::new().certify("127.0.0.1")).await;
    let exchanged = get(&trusting(&Authority::new()), &url, PATIENCE).await;
    assert_failed(exchanged, Failure::Tls, Phase::Tls, &[Phase::Connect]);
}

#[tokio::test]
async fn a_certificate_of_another_name_is_a_tls_failure() {
    let authority = Authority::new();
    let (_target, url) = secured(authority.certify("sqs.example")).await;
    let exchanged = get(&trusting(&authority), &url, PATIENCE).await;
    assert_failed(exchanged, Failure::Tls, Phase::Tls, &[Phase::Connect]);
}

#[tokio::test]
async fn an_expired_certificate_is_a_tls_failure() {
    let authority = Authority::new();
    let (_target, url) = secured(authority.certify_until_2021("127.0.0.1")).await;
    let exchanged = get(&trusting(&authority), &url, PATIENCE).await;
    assert_failed(exchanged, Failure::Tls, Phase::Tls, &[Phase::Connect]);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_a_tls_failure() {
    let target = Target::new(|mut stream| async move {
        // It takes the client's greeting for a request that is none.
        stream.write_all(answer("400 Bad Request", "").as_bytes()).await.unwrap();
        request(&mut stream).await;
    })
    .await;
    let url = format!("https://{}/", target.address);
    let exchanged = get(&trusting(&Authority::new()), &url, PATIENCE).await;
    assert_failed(exchanged, Failure::Tls, Phase::Tls, &[Phase::Connect]);
}

#[tokio::test]
async fn a_connection_that_is_closed_during_the_handshake_is_a_reset() {
    let target = Target::new(|stream| async move { drop(stream) }).await;
    let url = format!("https://{}/", target.address);
    let exchanged = get(&trusting(&Authority::new()), &url, PATIENCE).await;
    assert_failed(exchanged, Failure::Reset, Phase::Tls, &[Phase::Connect]);
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_a_timeout_of_tls() {
    let target = Target::hanging().await;
    let url = format!("https://{}/", target.address);
    let wire = trusting(&Authority::new());
    let exchanged = get(&wire, &url, Duration::from_millis(300)).await;
    assert_failed(exchanged, Failure::Timeout, Phase::Tls, &[Phase::Connect]);
}
