//! Request bodies: read whole, within a size and a time, before a handler sees them.

use std::{io, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{StatusCode, header},
};
use tokio::time::timeout;

use crate::problem::Problem;

/// 64 KiB: the largest body that any operation takes is a few hundred bytes.
pub const LIMIT: usize = 64 * 1024;

/// 10 s: far more than 64 KiB needs, and a bound on clients that trickle.
const PATIENCE: Duration = Duration::from_secs(10);

/// 16 MiB of an oversized body are read and dropped: a client that is still writing when the
/// connection closes gets a reset instead of the answer that explains it.
const DRAINED: usize = 16 * 1024 * 1024;

/// Refuses bodies over [`LIMIT`] and bodies that do not arrive.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit;

impl<E: Endpoint> Middleware<E> for BodyLimit {
    type Output = LimitedBody<E>;

    fn transform(&self, inner: E) -> Self::Output {
        LimitedBody { inner }
    }
}

/// The endpoint made by [`BodyLimit`].
#[derive(Debug)]
pub struct LimitedBody<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for LimitedBody<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        if has_body(&request) {
            let body = timeout(PATIENCE, read(&mut request)).await.map_err(|_| too_slow())??;
            request.set_body(body);
        }
        Ok(self.inner.call(request).await?.into_response())
    }
}

fn has_body(request: &Request) -> bool {
    request.headers().contains_key(header::CONTENT_LENGTH)
        || request.headers().contains_key(header::TRANSFER_ENCODING)
}

async fn read(request: &mut Request) -> Result<Bytes, Problem> {
    let mut chunks = request.take_body().into_bytes_stream();
    let mut body = BytesMut::new();
    let mut seen = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(broken)?;
        seen += chunk.len();
        if seen <= LIMIT {
            body.extend_from_slice(&chunk);
        } else if seen > DRAINED {
            break;
        }
    }
    if seen > LIMIT { Err(too_large()) } else { Ok(body.freeze()) }
}

fn too_large() -> Problem {
    let detail = format!("the body is larger than {LIMIT} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
}

fn too_slow() -> Problem {
    let detail = format!("the body did not arrive within {} s", PATIENCE.as_secs());
    Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", detail)
}

fn broken(error: io::Error) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid_body",
        format!("the body cannot be read: {error}"),
    )
}
