//! One exchange, as far as it came: when each phase ended, and what broke it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::{Failure, Phase, observation::Phases};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

/// 1 MiB: more than any answer that a probe asks for; what is larger is not read further.
pub const MAX_BODY: usize = 1 << 20;

/// An answer that was read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, at most [`MAX_BODY`] long.
    pub body: Bytes,
}

impl Answer {
    /// The answer, if it has this status.
    ///
    /// # Errors
    /// What another status means when a client without credentials gets it.
    pub fn expect(self, status: StatusCode) -> Result<Self, Failed> {
        if self.status == status {
            return Ok(self);
        }
        let failure = match self.status {
            StatusCode::TOO_MANY_REQUESTS => Failure::Throttled,
            other if other.is_client_error() => Failure::Http4xx,
            other if other.is_server_error() => Failure::Http5xx,
            _ => Failure::HttpStatus,
        };
        Err(Failed::new(
            failure,
            format!("{} instead of {status}: {}", self.status, self.beginning()),
        ))
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Failure::Body`] when it is none, or of another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failed> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Failed::new(Failure::Body, format!("{error} in {}", self.beginning())))
    }

    /// As much of the body as a person needs to recognise it.
    fn beginning(&self) -> String {
        let end = self.body.len().min(120);
        String::from_utf8_lossy(&self.body[..end]).into_owned()
    }
}

/// Why an exchange or a step failed, decided where it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The kind of failure.
    pub failure: Failure,
    /// What was seen, for a reader.
    pub detail: String,
}

impl Failed {
    /// A failure with a few words about it.
    pub fn new(failure: Failure, detail: impl ToString) -> Self {
        Self { failure, detail: detail.to_string() }
    }
}

/// The record of one exchange. A phase that was not completed is `None`.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// When it started.
    pub started: Instant,
    /// When its last phase ended, or it broke.
    pub ended: Instant,
    /// Finding the addresses; stays `None` for a numeric host.
    pub resolve: Option<Duration>,
    /// Opening the TCP connection.
    pub connect: Option<Duration>,
    /// The TLS handshake; stays `None` on plain HTTP.
    pub tls: Option<Duration>,
    /// Sending the request, up to the answer's head.
    pub processing: Option<Duration>,
    /// Reading the answer's body.
    pub transfer: Option<Duration>,
    /// The phase that is going on, or was when the exchange broke.
    pub phase: Option<Phase>,
    /// The answer's status, once its head was read.
    pub status: Option<StatusCode>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

impl Exchange {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            ended: now,
            resolve: None,
            connect: None,
            tls: None,
            processing: None,
            transfer: None,
            phase: None,
            status: None,
            request_id: None,
        }
    }

    /// Awaits `work` as one phase, which starts where the one before ended.
    pub(crate) async fn time<T>(
        &mut self,
        phase: Phase,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        self.phase = Some(phase);
        let result = work.await;
        let started = std::mem::replace(&mut self.ended, Instant::now());
        if result.is_ok() {
            *self.slot(phase) = Some(self.ended - started);
            self.phase = None;
        }
        result
    }

    fn slot(&mut self, phase: Phase) -> &mut Option<Duration> {
        match phase {
            Phase::Resolve => &mut self.resolve,
            Phase::Connect => &mut self.connect,
            Phase::Tls => &mut self.tls,
            Phase::Processing => &mut self.processing,
            Phase::Transfer => &mut self.transfer,
        }
    }

    /// The phases in the store's unit.
    pub fn phases(&self) -> Phases {
        let us = |phase: Option<Duration>| phase.map(microseconds);
        Phases {
            resolve_us: us(self.resolve),
            connect_us: us(self.connect),
            tls_us: us(self.tls),
            processing_us: us(self.processing),
            transfer_us: us(self.transfer),
        }
    }
}

/// A duration in the store's unit, which ends at 35 minutes: far beyond any deadline.
pub(crate) fn microseconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_micros()).unwrap_or(i32::MAX)
}
