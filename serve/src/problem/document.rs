//! The problem as JSON, and as the OpenAPI document describes it.

use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    Object, Tags,
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::{Example, ToJSON, Type},
};

use super::Problem;
use crate::request_id::RequestId;

/// The media type of every error.
const CONTENT_TYPE: &str = "application/problem+json";

/// The tag of what operators and machines call.
#[derive(Tags)]
pub enum Tag {
    /// Liveness, readiness and metrics of the process itself.
    Operations,
}

/// An error (RFC 9457).
#[derive(Debug, Object)]
#[oai(rename = "Problem", example)]
pub struct Document {
    /// Always `about:blank`: `code` tells problems apart.
    #[oai(rename = "type")]
    kind: String,
    /// The HTTP status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request, for a person to read.
    detail: String,
    /// What is wrong, for a program to read. Stable.
    code: String,
    /// The id under which the log knows this request; also in the `X-Request-Id` header.
    request_id: String,
    /// The parameter, header or path segment at fault; null when it is none.
    parameter: Option<String>,
    /// Values that may have been meant, nearest first.
    near: Vec<String>,
}

impl Example for Document {
    fn example() -> Self {
        Self {
            kind: "about:blank".into(),
            title: "Not Found".into(),
            status: 404,
            detail: "there is no region us-east-9".into(),
            code: "unknown_region".into(),
            request_id: "0d1b2f7c-9c3e-4f0a-8d5e-6a7b8c9d0e1f".into(),
            parameter: Some("region".into()),
            near: vec!["us-east-1".into()],
        }
    }
}

impl Problem {
    /// The answer that the client sees.
    pub(super) fn respond(self, request_id: &RequestId) -> Response {
        let mut response = Response::builder().status(self.status).content_type(CONTENT_TYPE);
        // An error is not to be kept: the next request may well succeed.
        response = response.header(header::CACHE_CONTROL, "no-store");
        if let Some(delay) = self.retry_after {
            response = response.header(header::RETRY_AFTER, HeaderValue::from(delay.as_secs()));
        }
        if let Some(methods) = &self.allowed {
            response = response.header(header::ALLOW, methods);
        }
        if self.is_last {
            response = response.header(header::CONNECTION, "close");
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response = response.header(header::WWW_AUTHENTICATE, "Bearer");
        }
        response.body(self.document(request_id).to_json_string())
    }

    fn document(self, request_id: &RequestId) -> Document {
        Document {
            kind: "about:blank".into(),
            title: self.status.canonical_reason().unwrap_or("Error").into(),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code.into(),
            request_id: request_id.as_str().into(),
            parameter: self.parameter,
            near: self.near,
        }
    }
}

/// Documents the statuses that an operation's error type can end in.
///
/// For `ApiResponse::meta` of a crate's own error type:
/// `fn meta() -> MetaResponses { serve::problem::responses(&[400, 404, 503]) }`.
pub fn responses(statuses: &[u16]) -> MetaResponses {
    let response = |status: &u16| MetaResponse {
        description: description(*status),
        status: Some(*status),
        status_range: None,
        content: vec![MetaMediaType { content_type: CONTENT_TYPE, schema: Document::schema_ref() }],
        headers: Vec::new(),
    };
    MetaResponses { responses: statuses.iter().map(response).collect() }
}

/// Registers the problem's schema; for `ApiResponse::register`.
pub fn register(registry: &mut Registry) {
    Document::register(registry);
}

fn description(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be understood; `parameter` names what is wrong.",
        401 => "The bearer token is missing or wrong.",
        404 => "What the request names is not there; `near` may hold what was meant.",
        413 => "The body is too large.",
        500 => "An internal error; the log has its cause under `request_id`.",
        503 => "Something that this program needs is away; try again after `Retry-After` seconds.",
        _ => "An error.",
    }
}
