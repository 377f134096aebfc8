//! Lets pages of the configured origins read the answers.
//!
//! poem's own middleware answers 403 to every other origin, also to a program that merely sends the
//! header; the rule is the browser's to enforce, so this one only leaves the permission out.

use std::{str::FromStr, sync::Arc};

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderValue, Method, StatusCode, header},
};

/// The allowed origins; without any, no answer says a word about origins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    origins: Arc<[HeaderValue]>,
}

impl FromStr for Cors {
    type Err = ();

    /// Reads a comma-separated list of origins such as `https://status.example.com`, or `*`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let origins: Result<_, ()> = parts.map(origin).collect();
        Ok(Self { origins: origins? })
    }
}

/// Scheme, host and port, without a path: anything else never equals what a browser sends.
fn origin(text: &str) -> Result<HeaderValue, ()> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let bare =
        host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '*', '?', '#']));
    if text == "*" || bare { HeaderValue::from_str(text).map_err(|_| ()) } else { Err(()) }
}

impl Cors {
    fn allows(&self, origin: &HeaderValue) -> bool {
        self.origins.iter().any(|allowed| allowed == origin || allowed == "*")
    }
}

impl<E: Endpoint> Middleware<E> for Cors {
    type Output = WithCors<E>;

    fn transform(&self, inner: E) -> WithCors<E> {
        WithCors { inner, cors: self.clone() }
    }
}

/// The endpoint made by [`Cors`].
#[derive(Debug)]
pub struct WithCors<E> {
    inner: E,
    cors: Cors,
}

impl<E: Endpoint> Endpoint for WithCors<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if self.cors.origins.is_empty() {
            return Ok(self.inner.call(request).await?.into_response());
        }
        let origin = request.headers().get(header::ORIGIN).cloned();
        let allowed = origin.filter(|origin| self.cors.allows(origin));
        let preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let mut response = match &allowed {
            Some(_) if preflight => permission(),
            _ => self.inner.call(request).await?.into_response(),
        };
        let headers = response.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = allowed {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let readable = HeaderValue::from_static("Age, Date, ETag, Retry-After, X-Request-Id");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
        }
        Ok(response)
    }
}

/// The answer to a browser that asks before it asks.
fn permission() -> Response {
    Response::builder()
        .status(StatusCode::NO_CONTENT)
        .header(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD")
        .header(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "If-Modified-Since, If-None-Match, Last-Event-ID, X-Request-Id",
        )
        // A day, which is as long as browsers remember it at most.
        .header(header::ACCESS_CONTROL_MAX_AGE, "86400")
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_origins_is_read() {
        let cors: Cors = "https://a.example, http://localhost:5173,".parse().expect("origins");
        assert!(cors.allows(&HeaderValue::from_static("http://localhost:5173")));
        assert!(!cors.allows(&HeaderValue::from_static("http://localhost:5174")));
    }

    #[test]
    fn what_a_browser_never_sends_is_refused() {
        for text in
            ["a.example", "https://a.example/", "https://", "https://*.example", "https://a b"]
        {
            assert_eq!(text.parse::<Cors>(), Err(()), "{text}");
        }
    }
}
