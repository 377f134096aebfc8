//! The one shape of every error: RFC 9457 `application/problem+json`.
//!
//! A handler returns a [`Problem`] (or its crate's own error, which becomes one). [`Problems`] turns
//! it, everything that poem itself refuses, and every panic, into the answer. What a 5xx was caused
//! by goes to the log with the request id, never to the client.
//!
//! poem ignores `bad_request_handler` on the error side of a `Result`, so errors are caught here, once,
//! rather than in each operation. [`responses`] documents them.

mod catch;
mod document;
mod foreign;

use std::{error::Error, fmt, sync::Arc, time::Duration};

use poem::{error::ResponseError, http::StatusCode};

pub use catch::{Caught, Failure, Problems, attempt};
pub use document::{Document, Tag, register, responses};

/// An error on its way to the client, or to several who asked the same.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    parameter: Option<String>,
    near: Vec<String>,
    retry_after: Option<Duration>,
    allowed: Option<String>,
    is_last: bool,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Problem {
    /// A problem with a stable `code` and a sentence about this occurrence.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            parameter: None,
            near: Vec::new(),
            retry_after: None,
            allowed: None,
            is_last: false,
            cause: None,
        }
    }

    /// 400: a parameter, header or path segment that cannot be understood.
    pub fn invalid_parameter(parameter: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_parameter", detail).parameter(parameter)
    }

    /// 401: no credentials, or wrong ones.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// 404: something that is named but not there.
    pub fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// 405: the path takes these methods only, a list as in `Allow`.
    pub fn method_not_allowed(methods: &str) -> Self {
        let detail = format!("only {methods} can be used here");
        let problem = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
        Self { allowed: Some(methods.to_owned()), ..problem }
    }

    /// 503: something that this program needs is away; the client should come back in a few seconds.
    pub fn unavailable(
        detail: impl Into<String>,
        cause: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            .retry_after(Duration::from_secs(5))
            .caused_by(cause)
    }

    /// 500: our fault. The client learns the request id, the log learns the cause.
    pub fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "an internal error; the log has it under this request id",
        )
        .caused_by(cause)
    }

    /// Names the parameter at fault.
    #[must_use]
    pub fn parameter(self, parameter: impl Into<String>) -> Self {
        Self { parameter: Some(parameter.into()), ..self }
    }

    /// Offers values that the client may have meant.
    #[must_use]
    pub fn near(self, near: Vec<String>) -> Self {
        Self { near, ..self }
    }

    /// Says when to try again; whole seconds.
    #[must_use]
    pub fn retry_after(self, delay: Duration) -> Self {
        Self { retry_after: Some(delay), ..self }
    }

    /// Ends the connection with the answer: the client has nothing else to ask, and others wait.
    #[must_use]
    pub fn closing(self) -> Self {
        Self { is_last: true, ..self }
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn caused_by(self, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { cause: Some(Arc::new(cause)), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.detail)
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.status
    }
}
