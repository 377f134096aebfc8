//! The name server that the monitor asks: where a target is, or where its failure is.

use std::{net::Ipv4Addr, sync::Arc};

use hickory_resolver::proto::{
    op::{Message, OpCode, ResponseCode},
    rr::{RData, Record, RecordType},
};
use tokio::net::UdpSocket;

use super::{
    OF_MONITOR, Shared,
    script::Arrival,
    sockets::{OPEN, REFUSING, SILENT},
};
use crate::fault::{Place, Target};

/// RFC 6761 reserves it: no such name is anywhere else.
const ZONE: &str = "drill.test";

/// The name that the monitor knows a target by.
pub(super) fn name_of(target: Target) -> String {
    format!("{target}.{ZONE}")
}

/// What is answered about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Address(Ipv4Addr),
    /// The name is there, and has no address: what 2025-10-20 looked like.
    NoAddress,
    NoName,
    ServerFailure,
    Nothing,
}

/// Answers look-ups, for ever.
pub(super) async fn serve(socket: UdpSocket, shared: Arc<Shared>) {
    let mut buffer = [0; 1500];
    loop {
        let Ok((length, client)) = socket.recv_from(&mut buffer).await else { continue };
        let Some(answer) = answered(&buffer[..length], |name, kind| said(&shared, name, kind))
        else {
            continue;
        };
        // A client that is gone asks again if it still wants to know.
        let _ = socket.send_to(&answer, client).await;
    }
}

fn said(shared: &Shared, name: &str, kind: RecordType) -> Said {
    let (script, minute) = (shared.script(), shared.minute());
    match script.resolver(minute) {
        Some(Arrival::Unanswered(_)) => return Said::Nothing,
        Some(_) => return Said::ServerFailure,
        None => {}
    }
    let Some(target) = OF_MONITOR.into_iter().find(|target| name == name_of(*target)) else {
        return Said::NoName;
    };
    // Drawn once for a connection: only with the address that it is to be made to.
    if kind != RecordType::A {
        return Said::NoAddress;
    }
    match script.connection(Place::of_monitor(target), minute) {
        Arrival::Made => Said::Address(OPEN),
        Arrival::Refused => Said::Address(REFUSING),
        Arrival::Unanswered(_) => Said::Address(SILENT),
        Arrival::Nameless => Said::NoAddress,
    }
}

/// The answer to a question, or none.
fn answered(question: &[u8], said: impl FnOnce(&str, RecordType) -> Said) -> Option<Vec<u8>> {
    let asked = Message::from_vec(question).ok()?;
    let query = asked.queries.first()?.clone();
    let name = query.name().to_lowercase().to_utf8();
    let said = said(name.trim_end_matches('.'), query.query_type());
    let mut message = Message::response(asked.metadata.id, OpCode::Query);
    message.metadata.recursion_available = true;
    message.metadata.response_code = match said {
        Said::Nothing => return None,
        Said::ServerFailure => ResponseCode::ServFail,
        Said::NoName => ResponseCode::NXDomain,
        Said::NoAddress | Said::Address(_) => ResponseCode::NoError,
    };
    if let Said::Address(address) = said {
        message.add_answer(Record::from_rdata(query.name().clone(), 0, RData::A(address.into())));
    }
    message.add_query(query);
    message.to_vec().ok()
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::{op::Query, rr::Name};

    use super::*;

    fn ask(said: Said) -> Option<Message> {
        let mut question = Message::query();
        question.metadata.id = 4711;
        let name = Name::from_ascii("DynamoDB.drill.test.").unwrap();
        question.add_query(Query::query(name, RecordType::A));
        let answer = answered(&question.to_vec().unwrap(), |name, kind| {
            assert_eq!((name, kind), ("dynamodb.drill.test", RecordType::A));
            said
        });
        answer.map(|answer| Message::from_vec(&answer).unwrap())
    }

    #[test]
    fn an_address_is_answered_under_the_questions_id() {
        let answer = ask(Said::Address(REFUSING)).unwrap();
        assert_eq!(answer.metadata.id, 4711);
        assert_eq!(answer.answers[0].data, RData::A(REFUSING.into()));
    }

    #[test]
    fn every_way_to_have_no_address_is_told_apart() {
        for (said, code) in [
            (Said::NoAddress, ResponseCode::NoError),
            (Said::NoName, ResponseCode::NXDomain),
            (Said::ServerFailure, ResponseCode::ServFail),
        ] {
            let answer = ask(said).unwrap();
            assert_eq!(answer.metadata.response_code, code);
            assert!(answer.answers.is_empty());
        }
        assert!(ask(Said::Nothing).is_none());
        assert_eq!(answered(b"no question", |_, _| Said::NoName), None);
    }
}
