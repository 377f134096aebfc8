//! The id that ties an answer, its log lines and a user's report together.

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderName, HeaderValue},
};
use uuid::{Builder, fmt::Hyphenated};

/// The header that carries the id, in requests and in answers.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// 64: a UUID has 36 characters, and a trace id with a span id 49.
const LONGEST: usize = 64;

/// The id of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id of `request`; a new one when the request did not pass [`RequestIds`].
    pub fn of(request: &Request) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_else(Self::new)
    }

    /// Makes a random id, a UUID. The numbers come from this thread's own generator: asking the
    /// system for them takes longer than answering from memory.
    #[expect(clippy::new_without_default, reason = "an id is never a default value")]
    pub fn new() -> Self {
        let id = Builder::from_random_bytes(rand::random()).into_uuid();
        let mut text = [0; Hyphenated::LENGTH];
        let text = id.hyphenated().encode_lower(&mut text);
        Self(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown")))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or("unknown")
    }

    /// Takes over a caller's id if it is harmless in a log line and in a header.
    fn accept(value: &HeaderValue) -> Option<Self> {
        let bytes = value.as_bytes();
        let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
        let well_formed = (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(harmless);
        well_formed.then(|| Self(value.clone()))
    }
}

/// Gives every request an id and puts it on every answer.
#[derive(Clone, Copy, Debug)]
pub struct RequestIds;

impl<E: Endpoint> Middleware<E> for RequestIds {
    type Output = WithRequestId<E>;

    fn transform(&self, inner: E) -> Self::Output {
        WithRequestId { inner }
    }
}

/// The endpoint made by [`RequestIds`].
#[derive(Debug)]
pub struct WithRequestId<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for WithRequestId<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = request
            .headers()
            .get(HEADER)
            .and_then(RequestId::accept)
            .unwrap_or_else(RequestId::new);
        request.extensions_mut().insert(id.clone());
        let mut response = self.inner.call(request).await?.into_response();
        response.headers_mut().insert(HEADER, id.0);
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(value: &'static str) -> Option<String> {
        RequestId::accept(&HeaderValue::from_static(value)).map(|id| id.as_str().to_owned())
    }

    #[test]
    fn a_well_formed_id_is_kept() {
        assert_eq!(accepted("abc-1.2_3:4").as_deref(), Some("abc-1.2_3:4"));
    }

    #[test]
    fn an_empty_id_is_replaced() {
        assert_eq!(accepted(""), None);
    }

    #[test]
    fn an_id_that_could_forge_a_log_field_is_replaced() {
        assert_eq!(accepted("a b"), None);
        assert_eq!(accepted("a\"level=error"), None);
    }

    #[test]
    fn an_overlong_id_is_replaced() {
        let long = HeaderValue::from_str(&"a".repeat(LONGEST + 1)).expect("a header value");
        assert_eq!(RequestId::accept(&long), None);
    }

    #[test]
    fn two_ids_differ() {
        assert_ne!(RequestId::new(), RequestId::new());
    }
}
