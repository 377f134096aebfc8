//! Everything that can go wrong, and what a client of the API sees of it.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use poem::http::StatusCode;
use serve::problem::Problem;
use uuid::Uuid;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a request, or the handling of a message, failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field, parameter or path segment that cannot be used. The client sees which and why.
    #[error("{parameter}: {reason}")]
    Invalid {
        /// Where it is: `choices[1].description`.
        parameter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A body that is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// Topics are made and changed by holders of the key only.
    #[error("api_key is wrong")]
    WrongKey,
    /// No such topic.
    #[error("there is no topic {0}")]
    UnknownTopic(Uuid),
    /// No such vote: it was never cast, or the worker has not stored it yet.
    #[error("there is no vote {0} yet")]
    UnknownVote(Uuid),
    /// The provider cannot be asked, does not answer, or answers that it cannot; trying again may help.
    #[error("{service} is away")]
    Away {
        /// `DynamoDB` or `SQS`.
        service: &'static str,
        /// What the SDK says.
        source: Cause,
    },
    /// The provider refuses what we ask: credentials, permissions, names; trying again will not help.
    #[error("{service} refuses the request")]
    Refused {
        /// `DynamoDB` or `SQS`.
        service: &'static str,
        /// What the SDK says.
        source: Cause,
    },
    /// A stored item or queued message without something that it must have.
    #[error("{attribute} is missing or malformed in what was stored")]
    Corrupt {
        /// The attribute at fault.
        attribute: String,
    },
}

/// Codes of refusals that pass by themselves.
const THROTTLED: [&str; 4] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
];

impl Error {
    /// An unusable field or parameter.
    pub(crate) fn invalid(parameter: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { parameter: parameter.into(), reason: reason.into() }
    }

    /// Sorts what the SDK reports into [`Error::Away`] and [`Error::Refused`].
    pub(crate) fn from_sdk<E>(service: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let is_away = match &error {
            // A failed dispatch is a connection that was refused, cut or never made; missing
            // credentials come out like it, and an instance's do come back by themselves.
            SdkError::TimeoutError(_)
            | SdkError::ResponseError(_)
            | SdkError::DispatchFailure(_) => true,
            SdkError::ServiceError(answer) => {
                answer.raw().status().as_u16() >= 500
                    || answer.err().code().is_some_and(|code| THROTTLED.contains(&code))
            }
            _ => false,
        };
        let source = Box::new(error);
        if is_away { Self::Away { service, source } } else { Self::Refused { service, source } }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let said = error.to_string();
        match error {
            Error::Invalid { parameter, .. } => Self::invalid_parameter(parameter, said),
            Error::NotJson(_) => Self::new(StatusCode::BAD_REQUEST, "invalid_body", said),
            Error::WrongKey => Self::unauthorized(said).parameter("api_key"),
            Error::UnknownTopic(_) => Self::not_found("unknown_topic", said),
            Error::UnknownVote(_) => Self::not_found("unknown_vote", said),
            Error::Away { .. } => Self::unavailable(said, error),
            Error::Refused { .. } | Error::Corrupt { .. } => Self::internal(error),
        }
    }
}
