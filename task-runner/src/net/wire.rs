//! The phases in sequence: resolve, connect, TLS, processing, transfer.

use std::{error::Error, io, pin::pin};

use bytes::{Bytes, BytesMut};
use chrono::TimeDelta;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, header, uri::Scheme};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use model::{Failure, Phase};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, timeout_at},
};

use super::{
    Answer, Exchange, Failed, MAX_BODY,
    clocks::Clocks,
    dns::{self, Resolver},
    tcp, tls,
    tls::Trust,
};

/// Makes exchanges. Cheap to clone; made anew for each round, so that a changed
/// `/etc/resolv.conf` counts from the next round on.
#[derive(Clone)]
pub struct Wire {
    resolver: Resolver,
    trust: Trust,
    clocks: Clocks,
}

/// Where the provider puts its id of a request, the most telling first.
const REQUEST_IDS: [HeaderName; 4] = [
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("x-amz-request-id"),
    HeaderName::from_static("apigw-requestid"),
    HeaderName::from_static("x-request-id"),
];

impl Wire {
    /// A wire that asks `resolver` and believes `trust`.
    pub fn new(resolver: Resolver, trust: Trust) -> Self {
        Self { resolver, trust, clocks: Clocks::default() }
    }

    /// How far our clock is ahead of those that answered on this wire; see [`Clocks::ahead`].
    pub(crate) fn clock_ahead(&self) -> Option<TimeDelta> {
        self.clocks.ahead()
    }

    /// Sends `request` on a fresh connection and reads the answer, until `deadline`.
    ///
    /// The record says how far it came; the result, what came back or what broke it.
    pub async fn exchange(
        &self,
        request: Request<Bytes>,
        deadline: Instant,
    ) -> (Exchange, Result<Answer, Failed>) {
        let prepared = Target::of(&request, &self.trust);
        let mut exchange = Exchange::start();
        let target = match prepared {
            Ok(target) => target,
            Err(failed) => return (exchange, Err(failed)),
        };
        let work = self.phases(target, request, &mut exchange);
        let result = timeout_at(deadline, work).await.unwrap_or_else(|_| {
            exchange.ended = Instant::now();
            Err(Failed::new(Failure::Timeout, "no answer before the deadline"))
        });
        if let Ok(answer) = &result {
            self.clocks.note(&answer.headers);
        }
        (exchange, result)
    }

    async fn phases(
        &self,
        target: Target,
        request: Request<Bytes>,
        exchange: &mut Exchange,
    ) -> Result<Answer, Failed> {
        let Target { host, port, tls } = target;
        let request = in_origin_form(request);
        let addresses = match dns::numeric(&host, port) {
            Some(address) => vec![address],
            None => {
                let found = self.resolver.addresses(&host, port);
                exchange.time(Phase::Resolve, found).await?
            }
        };
        let socket = exchange.time(Phase::Connect, tcp::connect(&addresses)).await?;
        match tls {
            None => converse(socket, request, exchange).await,
            Some(connector) => {
                let shake = tls::handshake(connector, &host, socket);
                let stream = exchange.time(Phase::Tls, shake).await?;
                converse(stream, request, exchange).await
            }
        }
    }
}

/// Where a request goes.
struct Target {
    host: String,
    port: u16,
    tls: Option<tokio_rustls::TlsConnector>,
}

impl Target {
    fn of(request: &Request<Bytes>, trust: &Trust) -> Result<Self, Failed> {
        let uri = request.uri();
        let unusable = || Failed::new(Failure::Configuration, format!("cannot call {uri}"));
        let host = uri.host().ok_or_else(unusable)?.to_owned();
        let (default_port, tls) = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => (80, None),
            Some(scheme) if *scheme == Scheme::HTTPS => (443, Some(trust.connector()?)),
            _ => return Err(unusable()),
        };
        Ok(Self { host, port: uri.port_u16().unwrap_or(default_port), tls })
    }
}

/// The request as HTTP/1.1 wants it: the path alone in the first line, the authority in `Host`.
fn in_origin_form(mut request: Request<Bytes>) -> Request<Full<Bytes>> {
    let uri = request.uri();
    let host = uri.host().map(|host| match uri.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    });
    if let Some(Ok(host)) = host.map(HeaderValue::try_from) {
        request.headers_mut().entry(header::HOST).or_insert(host);
    }
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
    request.map(Full::new)
}

/// Sends the request over an open stream and reads the answer.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Full<Bytes>>,
    exchange: &mut Exchange,
) -> Result<Answer, Failed> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
    let work = async {
        let sent = async { sender.send_request(request).await.map_err(|error| failed(&error)) };
        let response = exchange.time(Phase::Processing, sent).await?;
        exchange.status = Some(response.status());
        exchange.request_id = request_id(response.headers());
        exchange.time(Phase::Transfer, read(response)).await
    };
    // The connection is driven in this task: a second one would add its wake-up to the phases.
    let mut work = pin!(work);
    tokio::select! {
        biased;
        result = &mut work => result,
        _ = connection => work.await,
    }
}

async fn read(response: Response<Incoming>) -> Result<Answer, Failed> {
    let (head, mut incoming) = response.into_parts();
    let mut body = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| failed(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        if body.len() + data.len() > MAX_BODY {
            let detail = format!("more than {MAX_BODY} bytes");
            return Err(Failed::new(Failure::Oversized, detail));
        }
        body.extend_from_slice(data);
    }
    Ok(Answer { status: head.status, headers: head.headers, body: body.freeze() })
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = REQUEST_IDS.iter().find_map(|name| headers.get(name))?.to_str().ok()?;
    // 200 characters: the longest that a provider gives out is under 100.
    Some(id.chars().take(200).collect())
}

fn failed(error: &hyper::Error) -> Failed {
    let detail = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let of_stream = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    // The chunks of a body are checked where the stream is read, and come as its errors.
    let malformed = of_stream.is_some_and(|error| {
        matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
            && !error.get_ref().is_some_and(|source| source.is::<rustls::Error>())
    });
    let failure = match () {
        () if error.is_parse() || error.is_parse_too_large() || malformed => Failure::Protocol,
        () if error.is_user() && of_stream.is_none() && !error.is_canceled() => Failure::Local,
        () => Failure::Reset,
    };
    Failed::new(failure, detail)
}
