//! What caches between us and the players may keep.
//!
//! A CDN that keys by the whole query is got past by any parameter that we do not know, and by
//! `Cache-Control: no-cache` in the request: nothing is cached in here.

use poem::{
    IntoResponse, Response, Result,
    http::{HeaderValue, header::CACHE_CONTROL},
    web::Json,
};
use serde::Serialize;

/// An answer that may be a second old: a burst of players costs one request.
pub(super) fn for_a_second(body: impl Serialize + Send) -> Response {
    Json(body).with_header(CACHE_CONTROL, "public, max-age=1").into_response()
}

/// Everything else must not be kept: CDNs keep even errors for seconds unless told not to.
pub(super) async fn not_unless_said(answer: Result<Response>) -> Result<Response> {
    let mut response = answer?;
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    Ok(response)
}
