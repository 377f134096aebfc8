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
    /// 404 `unknown_run`: no run of this name was ever started, or it is no longer kept.
    #[error("there is no run {name:?}")]
    UnknownRun {
        /// What the request named.
        name: String,
        /// Where it did.
        parameter: &'static str,
    },
    /// 404 `unknown_incident`: there is no incident with this number.
    #[error("there is no incident {id}")]
    UnknownIncident {
        /// The number that the request named.
        id: i32,
    },
    /// 400 `invalid_parameter`: the parameter has none of its values.
    #[error("{parameter}: one of {} is needed", values.join(", "))]
    NotAChoice {
        /// Its name.
        parameter: &'static str,
        /// All that it may be.
        values: Vec<String>,
    },
    /// 400 `invalid_parameter`: the cursor is forged, cut off, or from another list.
    #[error("cursor: not one that this list gave out")]
    Cursor,
    /// 400 `invalid_parameter`: the span of time ends before it begins.
    #[error("to: must be later than from")]
    EmptySpan,
    /// 400 `invalid_parameter`: the span of time has an end and no beginning.
    #[error("from: is needed where to is given")]
    OpenSpan,
    /// 400 `invalid_parameter`: nobody knows how things will stand.
    #[error("at: must not be later than now")]
    Future,
    /// 400 `invalid_parameter`: the window is given by its length and by its ends.
    #[error("window: ends now, and cannot stand beside from and to")]
    TwoWindows,
    /// 400 `invalid_parameter`: a status is that of now.
    #[error("window: a status has none; metric can be uptime or latency")]
    WindowOfStatus,
    /// 400 `invalid_parameter`: the answer would hold more than answers do.
    #[error(
        "buckets: {wanted} are too many for one answer, which holds {most}; ask for wider ones, \
         for a shorter window, or for one region or service"
    )]
    TooManyBuckets {
        /// The buckets of the window, for each service in each region.
        wanted: usize,
        /// How many there may be.
        most: usize,
    },
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
    /// 503 `unavailable`: so many questions wait for the database that another is not worth it.
    #[error("too many questions wait for the database")]
    Crowded,
    /// 503 `unavailable`: the database is away or refuses. The cause is in the log.
    #[error("the database cannot answer now; /readyz says whether it is there and migrated")]
    Database(#[source] model::Error),
    /// 500 `internal`: an answer that cannot be written as JSON.
    #[error("the answer cannot be written")]
    Unwritable(#[source] serde_json::Error),
}

impl ApiError {
    /// The same of a run that the path names, in a segment that the document calls `id`.
    pub fn of_path(self) -> Self {
        match self {
            Self::UnknownRun { name, .. } => Self::UnknownRun { name, parameter: "id" },
            other => other,
        }
    }
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
            ApiError::NotAChoice { parameter, .. } => Self::invalid_parameter(parameter, detail),
            ApiError::UnknownRun { parameter, .. } => {
                Self::not_found("unknown_run", detail).parameter(parameter)
            }
            ApiError::UnknownIncident { .. } => {
                Self::not_found("unknown_incident", detail).parameter("id")
            }
            ApiError::Future => Self::invalid_parameter("at", detail),
            ApiError::Cursor => Self::invalid_parameter("cursor", detail),
            ApiError::EmptySpan => Self::invalid_parameter("to", detail),
            ApiError::OpenSpan => Self::invalid_parameter("from", detail),
            ApiError::TwoWindows | ApiError::WindowOfStatus => {
                Self::invalid_parameter("window", detail)
            }
            ApiError::TooManyBuckets { .. } => Self::invalid_parameter("buckets", detail),
            ApiError::TooManyStreams { .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", detail)
                    .retry_after(CROWDED)
                    .closing()
            }
            ApiError::Unwritable(_) => Self::internal(error),
            ApiError::Slow { .. } | ApiError::Crowded | ApiError::Database(_) => {
                Self::unavailable(detail, error)
            }
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

/// The errors of a badge, which documents by itself what it answers where nothing is found.
#[derive(Debug)]
pub struct BadgeError(ApiError);

impl From<ApiError> for BadgeError {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl From<BadgeError> for poem::Error {
    fn from(BadgeError(error): BadgeError) -> Self {
        // The path has the service in the name of a file.
        let is_file = matches!(error, ApiError::UnknownService { .. });
        let problem = Problem::from(error);
        if is_file { problem.parameter("file").into() } else { problem.into() }
    }
}

impl ApiResponse for BadgeError {
    fn meta() -> MetaResponses {
        problem::responses(&[400, 503])
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
