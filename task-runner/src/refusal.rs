//! Why the provider refused a call: decided by its error code and status, never by its text.

use std::fmt::Debug;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use model::Failure;

use crate::net::Failed;

/// Why a call failed that was not broken on the wire.
pub(crate) fn of<E: ProvideErrorMetadata + Debug>(error: &SdkError<E, HttpResponse>) -> Failed {
    match error {
        SdkError::ServiceError(refused) => {
            let (error, status) = (refused.err(), refused.raw().status().as_u16());
            let code = error.code().unwrap_or("no code");
            let message = error.message().unwrap_or("no message");
            Failed::new(classify(code, status), format!("{status} {code}: {message}"))
        }
        SdkError::ResponseError(unreadable) => {
            let status = unreadable.raw().status().as_u16();
            let failure = if status < 400 { Failure::Body } else { by_status(status) };
            Failed::new(failure, format!("{status} that the SDK cannot read"))
        }
        SdkError::TimeoutError(_) => Failed::new(Failure::Timeout, "no answer in time"),
        SdkError::ConstructionFailure(_) => {
            Failed::new(Failure::Configuration, format!("the request cannot be made: {error:?}"))
        }
        // The request could not be signed: without an exchange only credentials can be missing.
        other => Failed::new(Failure::Credentials, format!("no request was sent: {other:?}")),
    }
}

/// The failure that a refusal with this code and status is.
pub(crate) fn classify(code: &str, status: u16) -> Failure {
    match code {
        // The names of one fact in the protocols of different services.
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthFailure"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "NotAuthorized"
        | "OptInRequired"
        | "SignatureDoesNotMatch"
        | "UnauthorizedOperation"
        | "UnrecognizedClientException" => Failure::Credentials,
        // EC2's word for an expired token and for a clock that is off; the clock has a check of its
        // own.
        "RequestExpired" => Failure::Credentials,
        "RequestTimeTooSkewed" => Failure::Clock,
        "EC2ThrottledException"
        | "LimitExceededException"
        | "OverLimit"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException" => Failure::Throttled,
        "AWS.SimpleQueueService.NonExistentQueue"
        // What S3 says of a bucket that is in another region.
        | "AuthorizationHeaderMalformed"
        | "InvalidInstanceID.Malformed"
        | "InvalidInstanceID.NotFound"
        | "NoSuchBucket"
        | "NoSuchEntity"
        | "PermanentRedirect"
        | "QueueDoesNotExist"
        | "ResourceNotFoundException" => Failure::Configuration,
        _ => by_status(status),
    }
}

/// The error code in an answer of a service that speaks XML without the SDK.
pub(crate) fn code_in_xml(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code)
}

fn by_status(status: u16) -> Failure {
    match status {
        401 | 403 => Failure::Credentials,
        429 => Failure::Throttled,
        400..500 => Failure::Http4xx,
        500.. => Failure::Http5xx,
        _ => Failure::HttpStatus,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_more_than_its_status() {
        assert_eq!(classify("ThrottlingException", 400), Failure::Throttled);
        assert_eq!(classify("ExpiredToken", 400), Failure::Credentials);
        assert_eq!(classify("ResourceNotFoundException", 400), Failure::Configuration);
    }

    #[test]
    fn a_clock_that_is_off_is_told_from_a_wrong_key() {
        assert_eq!(classify("RequestTimeTooSkewed", 403), Failure::Clock);
        assert_eq!(classify("SignatureDoesNotMatch", 403), Failure::Credentials);
    }

    #[test]
    fn a_code_is_found_in_xml() {
        assert_eq!(code_in_xml(b"<Error><Code>SlowDown</Code></Error>"), Some("SlowDown"));
        assert_eq!(code_in_xml(b"<html>"), None);
    }

    #[test]
    fn an_unknown_code_goes_by_its_status() {
        assert_eq!(classify("InternalServerError", 500), Failure::Http5xx);
        assert_eq!(classify("ServiceUnavailable", 503), Failure::Http5xx);
        assert_eq!(classify("ValidationException", 400), Failure::Http4xx);
        assert_eq!(classify("SomethingNew", 403), Failure::Credentials);
    }
}
