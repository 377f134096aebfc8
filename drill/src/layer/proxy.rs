//! A place: accepts connections, and passes requests on, or does to them what the script says.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header, request::Parts};
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::sleep,
};

use super::{
    Shared,
    answer::{self, AnswerBody},
    messages, operation, refusal,
    script::{Act, Arrival, Asked},
    sockets::{Breaker, Doors},
};
use crate::fault::{Client, Place, Target};

/// The region that the emulator's things are in, whichever a scenario names.
const EMULATED_REGION: &str = "us-east-1";

/// What belongs to one connection, and not to the next.
const OF_CONNECTION: [header::HeaderName; 5] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::CONTENT_LENGTH,
    header::HOST,
    header::EXPECT,
];

/// Serves a place, for ever.
pub(super) async fn serve(doors: Doors, place: Place, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = doors.listener.accept().await else { continue };
        let shared = shared.clone();
        tokio::spawn(async move {
            // Whoever called sees how it ended; nobody else wants to know.
            let _ = take(stream, place, shared).await;
        });
    }
}

/// What becomes of a connection. The monitor's have been decided by its look-up.
async fn take(stream: TcpStream, place: Place, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let breaker = Breaker::of(&stream)?;
    let (script, minute) = (shared.script(), shared.minute());
    let arrival = match place.client {
        Client::Monitor => Arrival::Made,
        Client::Applications => script.connection(place, minute),
    };
    match arrival {
        Arrival::Made if script.speaks_tls(place) => {
            let acceptor = match script.shows_bad_certificate(place, minute) {
                true => &shared.certificates.bad,
                false => &shared.certificates.good,
            };
            converse(acceptor.accept(stream).await?, breaker, place, shared).await
        }
        Arrival::Made => converse(stream, breaker, place, shared).await,
        Arrival::Refused | Arrival::Nameless => {
            breaker.arm();
            Ok(())
        }
        Arrival::Unanswered(end) => {
            shared.until(end).await;
            breaker.arm();
            Ok(())
        }
    }
}

async fn converse<S>(
    stream: S,
    breaker: Breaker,
    place: Place,
    shared: Arc<Shared>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let is_first = AtomicBool::new(true);
    let service = service_fn(|request: Request<Incoming>| {
        let (is_first, shared, breaker) = (&is_first, &shared, &breaker);
        async move {
            let is_first = is_first.swap(false, Ordering::Relaxed);
            match respond(request, place, shared, is_first).await {
                Some(response) => Ok(response),
                None => {
                    breaker.arm();
                    Err(io::Error::from(io::ErrorKind::ConnectionReset))
                }
            }
        }
    });
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}

/// The answer to a request; `None` where its connection is reset.
async fn respond(
    request: Request<Incoming>,
    place: Place,
    shared: &Shared,
    is_first: bool,
) -> Option<Response<AnswerBody>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    let operation = operation::name(place.target, &head, &body);
    let is_signed = head.headers.contains_key(header::AUTHORIZATION);
    let (script, minute) = (shared.script(), shared.minute());
    let asked = Asked { operation: &operation, is_signed, is_first };
    let treatment = script.request(place, minute, asked);
    sleep(treatment.delay).await;
    let call = Call { place, operation: &operation, shared };
    let mut response = call.treat(treatment.act, head, body).await?;
    if let Some(seconds) = script.clock_ahead(place, minute) {
        set_date(response.headers_mut(), -seconds);
    }
    Some(response)
}

/// One request at one place.
struct Call<'a> {
    place: Place,
    operation: &'a str,
    shared: &'a Shared,
}

impl Call<'_> {
    async fn treat(&self, act: Act, head: Parts, body: Bytes) -> Option<Response<AnswerBody>> {
        let is_vote = self.place.target == Target::VotingApp;
        match act {
            Act::Pass => Some(answer::whole(self.forward(head, body).await?)),
            Act::Reset => None,
            Act::Silence(end) => {
                self.shared.until(end).await;
                None
            }
            Act::Refuse(reason) => Some(answer::whole(refusal::answer(self.place.target, reason))),
            Act::Truncate => Some(answer::truncated(self.forward(head, body).await?)),
            Act::Garble => Some(answer::garbled(self.forward(head, body).await?)),
            Act::Stale => {
                let fresh = self.forward(head, body).await?;
                let old = self.shared.memory.old(self.place, self.operation);
                Some(answer::whole(old.unwrap_or(fresh)))
            }
            Act::Drop if is_vote => {
                let accepted = self.forward(head, body).await?;
                self.shared.memory.hide_vote(&accepted, None);
                Some(answer::whole(accepted))
            }
            Act::Defer(time) if is_vote => {
                let accepted = self.forward(head, body).await?;
                self.shared.memory.hide_vote(&accepted, Some(time));
                Some(answer::whole(accepted))
            }
            Act::Drop => Some(answer::whole(messages::accepted(&body))),
            Act::Defer(time) => {
                let later = messages::delayed(&body, time);
                Some(answer::whole(self.forward(head, later).await?))
            }
        }
    }

    /// What is behind the layer answers.
    async fn forward(&self, head: Parts, body: Bytes) -> Option<Response<Bytes>> {
        let shared = self.shared;
        if self.place.target == Target::VotingApp && shared.memory.hides(head.uri.path()) {
            return Some(not_found());
        }
        let upstream = shared.upstreams.get(&self.place.target)?;
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let request = shared
            .forward
            .request(head.method.clone(), format!("{upstream}{path}"))
            .headers(forwarded(&head.headers))
            .body(body);
        let answered = match request.send().await {
            Ok(answered) => answered,
            Err(error) if error.is_connect() => {
                shared.lost(format!("{upstream} ({})", self.place.target));
                return None;
            }
            Err(_) => return None,
        };
        let (status, mut headers) = (answered.status(), answered.headers().clone());
        let body = answered.bytes().await.ok()?;
        for name in &OF_CONNECTION {
            headers.remove(name);
        }
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        if shared.script().instance_is_impaired(shared.minute()) {
            fail_status_checks(self.operation, &mut response);
        }
        shared.memory.keep(self.place, self.operation, &response);
        Some(response)
    }
}

/// The headers of a request without those of its connection, signed for the emulator's region.
fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in &OF_CONNECTION {
        headers.remove(name);
    }
    let signed = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(Ok(value)) = signed.and_then(in_emulated_region).map(HeaderValue::try_from) {
        headers.insert(header::AUTHORIZATION, value);
    }
    headers
}

/// `… Credential=KEY/20261121/us-west-2/sqs/aws4_request, …`: the third part is the region.
fn in_emulated_region(signed: &str) -> Option<String> {
    let (before, scope) = signed.split_once("Credential=")?;
    let mut parts: Vec<&str> = scope.splitn(5, '/').collect();
    *parts.get_mut(2)? = EMULATED_REGION;
    Some(format!("{before}Credential={}", parts.join("/")))
}

fn not_found() -> Response<Bytes> {
    let mut response = refusal::answer(
        Target::VotingApp,
        super::script::Reason::Status(StatusCode::NOT_FOUND.as_u16()),
    );
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Turns what EC2 says about the instance's checks.
fn fail_status_checks(operation: &str, response: &mut Response<Bytes>) {
    if operation == "DescribeInstanceStatus" {
        let text = String::from_utf8_lossy(response.body());
        *response.body_mut() =
            Bytes::from(text.replace("<status>ok</status>", "<status>impaired</status>"));
    }
}

fn set_date(headers: &mut HeaderMap, seconds: i64) {
    let date = Utc::now() + TimeDelta::seconds(seconds);
    let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::try_from(date) {
        headers.insert(header::DATE, date);
    }
}
