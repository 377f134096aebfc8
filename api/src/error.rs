//! Why the API refuses or fails, and what the client sees of it.

use std::time::Duration;

use poem::http::StatusCode;
use poem_openapi::{
    ApiResponse,
    registry::{MetaResponses, Registry},
};
use serve::problem::{self, Problem};

/// 60 s: a place among thousands of streams is free within a minute, or there is none for hours.
const CROWDED: Duration = Duration::from_secs(60);

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 404 `unknown_region`: no region of this name was ever measured.
    #[error("there is no region {name:?}")]
    UnknownRegion {
        /// What the request named.
        name: String,
        /// What it may have meant.
        near: Vec<String>,
    },
    /// 404 `unknown_service`: no service or application of this name was ever measured.
    #[error("there is no service {name:?}")]
    UnknownService {
        /// What the request named.
        name: String,
        /// What it may have meant.
        near: Vec<String>,
    },
    /// 400 `unknown_parameter`: the operation has no such query parameter.
    #[error("there is no parameter {name:?}")]
    UnknownParameter {
        /// What the request named, cut off where it is long.
        name: String,
        /// What it may have meant.
        near: Vec<String>,
    },
    /// 400 `invalid_parameter`: the cursor is forged, cut off, or from another list.
    #[error("cursor: not one that this list gave out")]
    Cursor,
    /// 400 `invalid_parameter`: the span of time ends before it begins.
    #[error("to: must be later than from")]
    EmptySpan,
    /// 503 `too_many_streams`: as many clients listen to events as can.
    #[error("{limit} clients listen to events, which is as many as can; /v1/status can be asked")]
    TooManyStreams {
        /// How many can.
        limit: usize,
    },
    /// 503 `unavailable`: the database takes too long.
    #[error("the database did not answer within {} s", waited.as_secs())]
    Slow {
        /// How long it was waited for.
        waited: Duration,
    },
    /// 503 `unavailable`: the database is away or refuses. The cause is in the log.
    #[error("the database cannot answer now; /readyz says whether it is there and migrated")]
    Database(#[source] model::Error),
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let detail = error.to_string();
        match error {
            ApiError::UnknownRegion { near, .. } => {
                Self::not_found("unknown_region", detail).parameter("region").near(near)
            }
            ApiError::UnknownService { near, .. } => {
                Self::not_found("unknown_service", detail).parameter("service").near(near)
            }
            ApiError::UnknownParameter { name, near } => {
                Self::new(StatusCode::BAD_REQUEST, "unknown_parameter", detail)
                    .parameter(name)
                    .near(near)
            }
            ApiError::Cursor => Self::invalid_parameter("cursor", detail),
            ApiError::EmptySpan => Self::invalid_parameter("to", detail),
            ApiError::TooManyStreams { .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", detail)
                    .retry_after(CROWDED)
            }
            ApiError::Slow { .. } | ApiError::Database(_) => Self::unavailable(detail, error),
        }
    }
}

impl From<ApiError> for poem::Error {
    fn from(error: ApiError) -> Self {
        Problem::from(error).into()
    }
}

/// The errors of an operation that looks up nothing by name: only 503.
#[derive(Debug)]
pub struct Unanswered(ApiError);

impl From<ApiError> for Unanswered {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl From<Unanswered> for poem::Error {
    fn from(error: Unanswered) -> Self {
        error.0.into()
    }
}

impl ApiResponse for Unanswered {
    fn meta() -> MetaResponses {
        problem::responses(&[503])
    }

    fn register(registry: &mut Registry) {
        problem::register(registry);
    }
}

impl ApiResponse for ApiError {
    fn meta() -> MetaResponses {
        problem::responses(&[400, 404, 503])
    }

    fn register(registry: &mut Registry) {
        problem::register(registry);
    }
}
