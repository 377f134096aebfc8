//! Headers that keep browsers from doing with an answer what it is not for.

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderValue, header},
};

/// An answer that is no page loads nothing and is shown in no frame.
const DATA: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// The documents bring their scripts and styles along, and call this host only.
const PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data: https:; \
     font-src data:; worker-src blob:; connect-src 'self'; frame-ancestors 'none'",
);

/// Adds the headers to every answer.
#[derive(Clone, Copy, Debug)]
pub struct Headers;

impl<E: Endpoint> Middleware<E> for Headers {
    type Output = Secured<E>;

    fn transform(&self, inner: E) -> Secured<E> {
        Secured { inner }
    }
}

/// The endpoint made by [`Headers`].
#[derive(Debug)]
pub struct Secured<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for Secured<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let mut response = self.inner.call(request).await?.into_response();
        let page = response.content_type().is_some_and(|kind| kind.starts_with("text/html"));
        let headers = response.headers_mut();
        // The dashboard's pages bring a policy of their own.
        let policy = if page { PAGE } else { DATA };
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        Ok(response)
    }
}
