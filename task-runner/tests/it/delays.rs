//! The product's claim: a delay at a phase border shows in that phase and in no other.

use std::time::Duration;

use model::Phase;
use task_runner::net::{Exchange, Wire};
use tokio::{net::TcpListener, time::sleep};

use crate::{
    certificates::Authority,
    faults::{PATIENCE, get},
    name_server::{NameServer, Zone},
    names::Silent,
    target::{Target, answer_slowly},
};

/// What is injected.
const DELAY: Duration = Duration::from_millis(400);

/// What the slow phase takes at least and no other one, on a machine that is busy with other tests.
const OTHERS: Duration = Duration::from_millis(200);

/// Pauses at the phase borders.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pauses {
    pub(crate) accept: Duration,
    pub(crate) name: Duration,
    pub(crate) handshake: Duration,
    pub(crate) head: Duration,
    pub(crate) body: Duration,
}

/// Serves `cloud.example` over TLS, with these pauses.
pub(crate) struct Slow {
    name_server: NameServer,
    target: Target,
    authority: Authority,
}

impl Slow {
    pub(crate) async fn at(listener: TcpListener, pauses: Pauses) -> Self {
        let authority = Authority::new();
        let acceptor = authority.certify("cloud.example");
        let target = Target::on_after(pauses.accept, listener, move |stream| {
            let acceptor = acceptor.clone();
            async move {
                sleep(pauses.handshake).await;
                // Those that only fill the queue of a listener never shake hands.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                answer_slowly(stream, pauses.head, pauses.body).await;
            }
        });
        let zone = Zone { delay: pauses.name, ..Zone::of(&["127.0.0.1"]) };
        Self { name_server: NameServer::of(zone).await, target, authority }
    }

    pub(crate) async fn with(pauses: Pauses) -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").await.unwrap(), pauses).await
    }

    pub(crate) fn wire(&self) -> Wire {
        Wire::new(self.name_server.resolver(), self.authority.trust())
    }

    pub(crate) fn url(&self) -> String {
        format!("https://cloud.example:{}/", self.target.address.port())
    }
}

/// The delay shows in `slow`, and nowhere else.
#[track_caller]
pub(crate) fn assert_only(slow: Phase, exchange: &Exchange) {
    let phases = [
        (Phase::Resolve, exchange.resolve),
        (Phase::Connect, exchange.connect),
        (Phase::Tls, exchange.tls),
        (Phase::Processing, exchange.processing),
        (Phase::Transfer, exchange.transfer),
    ];
    for (phase, time) in phases {
        let time = time.unwrap_or_else(|| panic!("no {phase:?} in {exchange:?}"));
        match phase == slow {
            // On a busy machine we hear of the phase's start later than it began.
            true => assert!(time > OTHERS, "{phase:?}: {time:?}"),
            false => assert!(time < OTHERS, "{phase:?}: {time:?} although {slow:?} was slow"),
        }
    }
    let sum: Duration = phases.iter().filter_map(|(_, time)| *time).sum();
    assert_eq!(sum, exchange.ended - exchange.started, "no time between the phases");
}

/// Where a delay is injected, and the phase in which it must show.
pub(crate) fn borders() -> [(Phase, Pauses); 4] {
    [
        (Phase::Resolve, Pauses { name: DELAY, ..Pauses::default() }),
        (Phase::Tls, Pauses { handshake: DELAY, ..Pauses::default() }),
        (Phase::Processing, Pauses { head: DELAY, ..Pauses::default() }),
        (Phase::Transfer, Pauses { body: DELAY, ..Pauses::default() }),
    ]
}

#[tokio::test]
async fn a_delay_at_a_phase_border_shows_in_that_phase_and_in_no_other() {
    for (phase, pauses) in borders() {
        let slow = Slow::with(pauses).await;
        let (exchange, result) = get(&slow.wire(), &slow.url(), PATIENCE).await;
        result.unwrap();
        assert_only(phase, &exchange);
    }
}

#[tokio::test]
async fn a_listener_that_accepts_late_shows_in_connect_and_in_no_other_phase() {
    let full = Silent::at("127.0.0.1:0").await;
    // The kernel hears of a free place when the client asks again: a second after the first time.
    let pauses = Pauses { accept: DELAY, ..Pauses::default() };
    let slow = Slow::at(full.listener, pauses).await;
    let (exchange, result) = get(&slow.wire(), &slow.url(), PATIENCE).await;
    result.unwrap();
    assert_only(Phase::Connect, &exchange);
}
