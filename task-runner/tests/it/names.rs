//! Names that do not resolve, and names of which only some addresses answer.

use std::time::Duration;

use hickory_resolver::proto::op::ResponseCode;
use model::{Failure, Phase};
use task_runner::net::{Trust, Wire};
use tokio::net::TcpListener;

use crate::{
    faults::{Exchanged, PATIENCE, assert_failed, completed, get},
    name_server::{NameServer, Zone},
    target::{Target, answer, answer_slowly},
};

/// Gets a page of `cloud.example` at `port`, whose zone is this.
async fn of(zone: Zone, port: u16, patience: Duration) -> Exchanged {
    let server = NameServer::of(zone).await;
    let wire = Wire::new(server.resolver(), Trust::of_system());
    get(&wire, &format!("http://cloud.example:{port}/"), patience).await
}

#[tokio::test]
async fn a_name_resolves_and_its_phase_is_noted() {
    let target = Target::answering(answer("200 OK", "")).await;
    let (exchange, result) = of(Zone::of(&["127.0.0.1"]), target.address.port(), PATIENCE).await;
    result.unwrap();
    let all = [Phase::Resolve, Phase::Connect, Phase::Processing, Phase::Transfer];
    assert_eq!(completed(&exchange), all);
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_a_resolve_failure() {
    let zone = Zone { refusal: Some(ResponseCode::NXDomain), ..Zone::default() };
    assert_failed(of(zone, 80, PATIENCE).await, Failure::Resolve, Phase::Resolve, &[]);
}

#[tokio::test]
async fn a_name_without_addresses_is_a_resolve_failure() {
    // What DynamoDB's record was on 2025-10-20.
    assert_failed(of(Zone::default(), 80, PATIENCE).await, Failure::Resolve, Phase::Resolve, &[]);
}

#[tokio::test]
async fn a_server_failure_of_the_resolver_is_a_resolve_failure() {
    for code in [ResponseCode::ServFail, ResponseCode::Refused] {
        let zone = Zone { refusal: Some(code), ..Zone::default() };
        assert_failed(of(zone, 80, PATIENCE).await, Failure::Resolve, Phase::Resolve, &[]);
    }
}

#[tokio::test]
async fn a_resolver_that_is_silent_until_the_deadline_is_a_timeout_of_resolve() {
    let zone = Zone { silent: true, ..Zone::default() };
    let exchanged = of(zone, 80, Duration::from_millis(300)).await;
    assert_failed(exchanged, Failure::Timeout, Phase::Resolve, &[]);
}

#[tokio::test]
async fn a_resolver_that_stays_silent_is_given_up_before_a_steps_deadline() {
    let zone = Zone { silent: true, ..Zone::default() };
    let exchanged = of(zone, 80, Duration::from_secs(10)).await;
    let lasted = exchanged.0.ended - exchanged.0.started;
    assert!((2..9).contains(&lasted.as_secs()), "{lasted:?}");
    assert_failed(exchanged, Failure::Resolve, Phase::Resolve, &[]);
}

#[tokio::test]
async fn the_next_address_is_tried_at_once_when_the_first_refuses() {
    let target = Target::answering(answer("200 OK", "")).await;
    // Nobody listens on 127.0.0.2, nor on ::1 at this port.
    let zone = Zone::of(&["127.0.0.2", "::1", "127.0.0.1"]);
    let (exchange, result) = of(zone, target.address.port(), PATIENCE).await;
    result.unwrap();
    let connect = exchange.connect.unwrap();
    assert!(connect < Duration::from_millis(200), "{connect:?}");
}

#[tokio::test]
async fn the_next_address_is_tried_after_250_ms_when_the_first_is_silent() {
    let target = Target::new(|stream| answer_slowly(stream, Duration::ZERO, Duration::ZERO)).await;
    let port = target.address.port();
    let _silent = Silent::at(&format!("127.0.0.2:{port}")).await;
    let (exchange, result) = of(Zone::of(&["127.0.0.2", "127.0.0.1"]), port, PATIENCE).await;
    result.unwrap();
    let connect = exchange.connect.unwrap().as_millis();
    assert!((250..900).contains(&connect), "{connect} ms");
}

#[tokio::test]
async fn when_every_address_refuses_the_failure_is_of_the_first() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    drop(taken);
    let exchanged = of(Zone::of(&["127.0.0.2", "127.0.0.3"]), port, PATIENCE).await;
    let detail = exchanged.1.as_ref().unwrap_err().detail.clone();
    assert!(detail.starts_with("127.0.0.2"), "{detail}");
    assert_failed(exchanged, Failure::Connect, Phase::Connect, &[Phase::Resolve]);
}

#[tokio::test]
async fn an_address_that_takes_no_connections_is_a_timeout_of_connect() {
    let silent = Silent::at("127.0.0.1:0").await;
    let exchanged = of(Zone::of(&["127.0.0.1"]), silent.port(), Duration::from_millis(400)).await;
    assert_failed(exchanged, Failure::Timeout, Phase::Connect, &[Phase::Resolve]);
}

/// A listener whose queue is full: the kernel ignores who wants to connect.
pub(crate) struct Silent {
    pub(crate) listener: TcpListener,
    _queue: Vec<tokio::net::TcpStream>,
}

impl Silent {
    pub(crate) async fn at(address: &str) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(address.parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        let brief = Duration::from_millis(100);
        while let Ok(connected) =
            tokio::time::timeout(brief, tokio::net::TcpStream::connect(address)).await
        {
            waiting.push(connected.unwrap());
        }
        Self { listener, _queue: waiting }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }
}
