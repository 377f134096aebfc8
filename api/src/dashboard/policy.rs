//! What a browser may load and call for the dashboard: our own files, our API, and the applications
//! that readers can try. Nobody else's.

use poem::{
    Response,
    http::{HeaderValue, header},
};

use crate::applications::Applications;

use super::page::Page;

/// The Content-Security-Policy of the pages.
#[derive(Debug)]
pub(super) struct Policy {
    own: HeaderValue,
    embedded: HeaderValue,
}

impl Policy {
    /// Allows to call `applications`, and to show their pictures.
    pub(super) fn of(applications: &Applications) -> Self {
        let called = applications.called().join(" ");
        let shown = applications.shown().join(" ");
        let policy = |framed: &str| {
            let text = format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' {shown}; \
                 connect-src 'self' {called}; base-uri 'self'; form-action 'none'; frame-ancestors {framed}"
            );
            // Origins are ASCII, so that the text is always a valid header value.
            HeaderValue::from_str(&text)
                .unwrap_or(HeaderValue::from_static("default-src 'none'; script-src 'self'"))
        };
        Self { own: policy("'none'"), embedded: policy("*") }
    }

    /// Adds the policy of a page to its answer.
    pub(super) fn protect(&self, page: Page, mut answer: Response) -> Response {
        let policy = if page == Page::Embedded { &self.embedded } else { &self.own };
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        answer
    }
}
