//! How long an answer stays fresh, and an `ETag` that saves sending it again.

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};
use poem_openapi::OperationId;
use sha2::{Digest, Sha256};

/// 5 s, in browsers and in shared caches: a slot lasts a minute, and a thousand visitors become one query.
const DATA: HeaderValue = HeaderValue::from_static("public, max-age=5, s-maxage=5");

/// An hour: the documents change only with the program.
const DOCUMENTS: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Whoever asks for these wants to know about this very moment.
const PRESENT: HeaderValue = HeaderValue::from_static("no-store");

/// Adds `Cache-Control` and `ETag`, and answers 304 where the client has the answer already.
#[derive(Clone, Copy, Debug)]
pub struct Freshness;

impl<E: Endpoint> Middleware<E> for Freshness {
    type Output = Fresh<E>;

    fn transform(&self, inner: E) -> Fresh<E> {
        Fresh { inner }
    }
}

/// The endpoint made by [`Freshness`].
#[derive(Debug)]
pub struct Fresh<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for Fresh<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let readable = request.method() == Method::GET;
        let known = request.headers().clone();
        let mut response = self.inner.call(request).await?.into_response();
        if !readable || response.status() != StatusCode::OK {
            return Ok(response);
        }
        let lifetime = lifetime(response.data());
        let storable = lifetime != PRESENT;
        response.headers_mut().insert(header::CACHE_CONTROL, lifetime);
        if storable { tagged(response, &known).await } else { Ok(response) }
    }
}

fn lifetime(operation: Option<&OperationId>) -> HeaderValue {
    match operation.map(|operation| operation.0) {
        Some("read_liveness" | "read_readiness" | "read_prometheus" | "stream_events") => PRESENT,
        Some("read_docs" | "read_redoc" | "read_openapi") => DOCUMENTS,
        _ => DATA,
    }
}

async fn tagged(mut response: Response, known: &HeaderMap) -> Result<Response> {
    let body = response.take_body().into_bytes().await?;
    let tag = tag(&body);
    response.headers_mut().insert(header::ETAG, tag.clone());
    if knows(known, tag.as_bytes()) {
        response.set_status(StatusCode::NOT_MODIFIED);
        response.headers_mut().remove(header::CONTENT_TYPE);
    } else {
        response.set_body(body);
    }
    Ok(response)
}

/// A weak tag, because the same answer may be sent compressed or not: RFC 9110 section 8.8.1.
fn tag(body: &[u8]) -> HeaderValue {
    let hash = Sha256::digest(body);
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    // Hexadecimal digits and quotes are always a valid header value.
    HeaderValue::from_str(&format!("W/\"{hex}\"")).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// Whether `If-None-Match` names `tag`, by the weak comparison of RFC 9110 section 13.1.2.
fn knows(headers: &HeaderMap, tag: &[u8]) -> bool {
    let strength_aside = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec();
    let wanted = strength_aside(tag);
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .any(|given| given == b"*" || strength_aside(given) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(if_none_match: &'static str) -> bool {
        let value = HeaderValue::from_static(if_none_match);
        knows(&HeaderMap::from_iter([(header::IF_NONE_MATCH, value)]), b"W/\"abc\"")
    }

    #[test]
    fn a_tag_is_found_in_a_list() {
        assert!(known(r#""x", W/"abc""#));
    }

    #[test]
    fn a_strong_form_of_the_tag_will_do() {
        assert!(known(r#""abc""#));
    }

    #[test]
    fn a_star_stands_for_every_tag() {
        assert!(known("*"));
    }

    #[test]
    fn garbage_matches_nothing() {
        for text in ["", "abc", ",,,", "W/", "\"abc", "w/\"abc\""] {
            assert!(!known(text), "{text}");
        }
    }

    #[test]
    fn another_body_has_another_tag() {
        assert_ne!(tag(b"a"), tag(b"b"));
    }
}
