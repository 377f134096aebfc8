//! Refusals in the shapes of the services' protocols.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::json;
use uuid::Uuid;

use super::script::Reason;
use crate::fault::Target;

/// How a service says no.
#[derive(Clone, Copy)]
enum Protocol {
    /// AWS JSON 1.0 and 1.1, with the namespace of its error types.
    Json(&'static str),
    /// AWS REST with JSON.
    Rest,
    /// EC2's own kind of XML.
    Ec2,
    /// AWS query, with its namespace.
    Query,
    /// S3's kind of XML.
    Storage,
    /// The gateway's.
    Gateway,
    /// An application's.
    Problem,
}

/// The answer of `target` to what it refuses for that reason.
pub(super) fn answer(target: Target, reason: Reason) -> Response<Bytes> {
    let protocol = match target {
        Target::Dynamodb => Protocol::Json("com.amazonaws.dynamodb.v20120810"),
        Target::Sqs => Protocol::Json("com.amazonaws.sqs"),
        Target::Lambda => Protocol::Rest,
        Target::Ec2 => Protocol::Ec2,
        Target::Iam => Protocol::Query,
        Target::S3 => Protocol::Storage,
        Target::Apigateway => Protocol::Gateway,
        _ => Protocol::Problem,
    };
    let (status, code) = code(target, protocol, reason);
    let id = Uuid::new_v4().to_string();
    let (content_type, body) = body(protocol, status, code, &id);
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let (Protocol::Rest, Ok(code)) = (protocol, HeaderValue::from_str(code)) {
        headers.insert(HeaderName::from_static("x-amzn-errortype"), code);
    }
    let name = match protocol {
        Protocol::Storage => "x-amz-request-id",
        Protocol::Gateway => "apigw-requestid",
        Protocol::Problem => "x-request-id",
        _ => "x-amzn-requestid",
    };
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static(name), id);
    }
    response
}

/// The status and the error code of a refusal.
fn code(target: Target, protocol: Protocol, reason: Reason) -> (StatusCode, &'static str) {
    use Protocol::*;
    let (status, code) = match (reason, protocol) {
        (Reason::Status(status), _) => (status, of_status(protocol, status)),
        (Reason::Integration, _) => (500, "Internal Server Error"),
        (Reason::Throttled, Json(_)) if target == Target::Sqs => (400, "RequestThrottled"),
        (Reason::Throttled, Json(_)) => (400, "ThrottlingException"),
        (Reason::Throttled, Rest) => (429, "TooManyRequestsException"),
        (Reason::Throttled, Ec2) => (503, "RequestLimitExceeded"),
        (Reason::Throttled, Query) => (400, "Throttling"),
        (Reason::Throttled, Storage) => (503, "SlowDown"),
        (Reason::Throttled, Gateway | Problem) => (429, "Too Many Requests"),
        (Reason::Expired, Json(_) | Rest) => (403, "ExpiredTokenException"),
        (Reason::Expired, Ec2) => (403, "RequestExpired"),
        (Reason::Expired, _) => (403, "ExpiredToken"),
        (Reason::Skewed, Json(_) | Rest) => (403, "InvalidSignatureException"),
        (Reason::Skewed, Ec2) => (403, "RequestExpired"),
        (Reason::Skewed, Storage) => (403, "RequestTimeTooSkewed"),
        (Reason::Skewed, _) => (403, "SignatureDoesNotMatch"),
    };
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), code)
}

/// The code that goes with a status.
fn of_status(protocol: Protocol, status: u16) -> &'static str {
    use Protocol::*;
    match (status, protocol) {
        (403, Json(_) | Rest) => "AccessDeniedException",
        (403, Ec2) => "UnauthorizedOperation",
        (403, Query | Storage) => "AccessDenied",
        (400..500, Json(_) | Query | Ec2) => "ValidationError",
        (400..500, Rest) => "InvalidRequestContentException",
        (400..500, Storage) => "InvalidRequest",
        (503, Json(_) | Rest) => "ServiceUnavailableException",
        (503, Ec2) => "Unavailable",
        (503, Query | Storage) => "ServiceUnavailable",
        (_, Json(_)) => "InternalServerError",
        (_, Rest) => "ServiceException",
        (_, Ec2 | Storage) => "InternalError",
        (_, Query) => "ServiceFailure",
        (502, Gateway | Problem) => "Bad Gateway",
        (503, Gateway | Problem) => "Service Unavailable",
        (504, Gateway | Problem) => "Endpoint request timed out",
        (429, Gateway | Problem) => "Too Many Requests",
        (403, Gateway | Problem) => "Forbidden",
        (404, Gateway | Problem) => "Not Found",
        (_, Gateway | Problem) => "Internal Server Error",
    }
}

fn body(protocol: Protocol, status: StatusCode, code: &str, id: &str) -> (&'static str, String) {
    const MESSAGE: &str = "The request could not be completed.";
    match protocol {
        Protocol::Json(namespace) => {
            let body = json!({ "__type": format!("{namespace}#{code}"), "message": MESSAGE });
            ("application/x-amz-json-1.0", body.to_string())
        }
        Protocol::Rest => {
            let by = if status.is_server_error() { "Service" } else { "User" };
            ("application/json", json!({ "Type": by, "Message": MESSAGE }).to_string())
        }
        Protocol::Ec2 => (
            "text/xml;charset=UTF-8",
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>\
                 <Code>{code}</Code><Message>{MESSAGE}</Message></Error></Errors>\
                 <RequestID>{id}</RequestID></Response>"
            ),
        ),
        Protocol::Query => {
            let by = if status.is_server_error() { "Receiver" } else { "Sender" };
            let body = format!(
                "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
                 <Type>{by}</Type><Code>{code}</Code><Message>{MESSAGE}</Message></Error>\
                 <RequestId>{id}</RequestId></ErrorResponse>"
            );
            ("text/xml", body)
        }
        Protocol::Storage => (
            "application/xml",
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
                 <Message>{MESSAGE}</Message><RequestId>{id}</RequestId></Error>"
            ),
        ),
        Protocol::Gateway => ("application/json", json!({ "message": code }).to_string()),
        Protocol::Problem => {
            let body = json!({ "status": status.as_u16(), "title": code });
            ("application/problem+json", body.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(target: Target, reason: Reason) -> (u16, String) {
        let response = answer(target, reason);
        (response.status().as_u16(), String::from_utf8(response.into_body().to_vec()).unwrap())
    }

    #[test]
    fn each_service_says_in_its_own_words_that_it_is_too_much() {
        for (target, status, word) in [
            (Target::Dynamodb, 400, "dynamodb.v20120810#ThrottlingException"),
            (Target::Sqs, 400, "sqs#RequestThrottled"),
            (Target::Ec2, 503, "<Code>RequestLimitExceeded</Code>"),
            (Target::Iam, 400, "<Code>Throttling</Code>"),
            (Target::S3, 503, "<Code>SlowDown</Code>"),
            (Target::Apigateway, 429, "Too Many Requests"),
        ] {
            let (found, body) = said(target, Reason::Throttled);
            assert_eq!(found, status, "{target}");
            assert!(body.contains(word), "{target}: {body}");
        }
        let lambda = answer(Target::Lambda, Reason::Throttled);
        assert_eq!(lambda.status(), 429);
        assert_eq!(lambda.headers()["x-amzn-errortype"], "TooManyRequestsException");
    }

    #[test]
    fn a_status_comes_as_it_was_asked_for() {
        for target in [Target::Sqs, Target::Iam, Target::S3, Target::VotingApp, Target::Lambda] {
            assert_eq!(said(target, Reason::Status(502)).0, 502, "{target}");
        }
    }
}
