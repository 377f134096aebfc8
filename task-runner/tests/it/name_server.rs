//! A name server on a UDP port of its own, which answers what a test wants.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hickory_resolver::{
    config::{NameServerConfig, ResolverConfig},
    proto::{
        op::{Message, OpCode, ResponseCode},
        rr::{RData, Record, RecordType},
    },
};
use task_runner::net::dns::Resolver;
use tokio::{net::UdpSocket, task::JoinHandle, time::sleep};

/// What the server says about every name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zone {
    /// The addresses, of both families.
    pub(crate) addresses: Vec<IpAddr>,
    /// Says this instead.
    pub(crate) refusal: Option<ResponseCode>,
    /// Takes this long.
    pub(crate) delay: Duration,
    /// Says nothing at all.
    pub(crate) silent: bool,
}

impl Zone {
    pub(crate) fn of(addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
        Self { addresses, ..Self::default() }
    }
}

/// A running name server. It ends when it is dropped.
pub(crate) struct NameServer {
    port: u16,
    serving: JoinHandle<()>,
}

impl NameServer {
    pub(crate) async fn of(zone: Zone) -> Self {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let port = socket.local_addr().unwrap().port();
        let serving = tokio::spawn(async move {
            let mut buffer = [0; 1500];
            while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
                if zone.silent {
                    continue;
                }
                let answer = answer(&zone, &buffer[..length]);
                let (socket, delay) = (socket.clone(), zone.delay);
                tokio::spawn(async move {
                    sleep(delay).await;
                    socket.send_to(&answer, client).await.unwrap();
                });
            }
        });
        Self { port, serving }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// A resolver that asks this server only.
    pub(crate) fn resolver(&self) -> Resolver {
        let mut server = NameServerConfig::udp([127, 0, 0, 1].into());
        server.connections[0].port = self.port;
        Resolver::of(ResolverConfig::from_name_servers(vec![server]))
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn answer(zone: &Zone, question: &[u8]) -> Vec<u8> {
    let asked = Message::from_vec(question).unwrap();
    let query = asked.queries[0].clone();
    let mut message = Message::response(asked.metadata.id, OpCode::Query);
    message.metadata.response_code = zone.refusal.unwrap_or(ResponseCode::NoError);
    message.metadata.recursion_available = true;
    for address in &zone.addresses {
        let data = match address {
            IpAddr::V4(address) => RData::A((*address).into()),
            IpAddr::V6(address) => RData::AAAA((*address).into()),
        };
        let wanted = query.query_type() == data.record_type();
        if wanted && message.metadata.response_code == ResponseCode::NoError {
            message.add_answer(Record::from_rdata(query.name().clone(), 60, data));
        }
    }
    assert!(matches!(query.query_type(), RecordType::A | RecordType::AAAA));
    message.add_query(query);
    message.to_vec().unwrap()
}
