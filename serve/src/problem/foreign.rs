//! What poem and poem-openapi refuse by themselves, said in our words.

use poem::{
    Error,
    error::{
        MethodNotAllowedError, NotFoundError, ParsePathError as UnreadablePath, ReadBodyError,
    },
    http::StatusCode,
};
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError,
};

use super::Problem;

/// 200 characters of a client's own text are enough to recognise it.
const ECHOED: usize = 200;

impl Problem {
    /// Says what `error` is; `path` is the request's.
    pub(super) fn from_poem(error: Error, path: &str) -> Self {
        match error.downcast::<Self>() {
            Ok(problem) => problem,
            Err(error) => refused(&error, path).unwrap_or_else(|| by_status(error)),
        }
    }

    /// 400: a segment of the path, which the document calls `name`. poem-openapi numbers them.
    pub fn invalid_segment(name: &str, error: &ParsePathError) -> Self {
        // A segment that does not arrive is one that poem cannot decode: none is ever missing.
        match error.reason.ends_with(ABSENT) {
            true => Self::invalid_parameter(name, format!("{name}: is not UTF-8")),
            false => bad_parameter(name, &error.reason),
        }
    }
}

/// What poem-openapi says of a value that is not there.
const ABSENT: &str = "expects an input value.";

fn bad_parameter(name: &str, reason: &str) -> Problem {
    Problem::invalid_parameter(name, format!("{name}: {}", plain(reason)))
}

fn refused(error: &Error, path: &str) -> Option<Problem> {
    if let Some(ParseParamError { name, reason }) = error.downcast_ref() {
        return Some(bad_parameter(name, reason));
    }
    if let Some(error) = error.downcast_ref::<ParsePathError>() {
        return Some(Problem::invalid_segment(error.name, error));
    }
    let (status, code, detail) = if let Some(error) = error.downcast_ref() {
        let ParseRequestPayloadError { reason } = error;
        (StatusCode::BAD_REQUEST, "invalid_body", plain(reason))
    } else if let Some(error) = error.downcast_ref::<ReadBodyError>() {
        (StatusCode::BAD_REQUEST, "invalid_body", error.to_string())
    } else if let Some(error) = error.downcast_ref::<ContentTypeError>() {
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", error.to_string())
    } else if error.is::<AuthorizationError>() {
        (StatusCode::UNAUTHORIZED, "unauthorized", "a bearer token is needed".into())
    } else if error.is::<UnreadablePath>() {
        (StatusCode::BAD_REQUEST, "invalid_path", "the path is not UTF-8".into())
    } else if error.is::<NotFoundError>() {
        let detail = format!("there is nothing at {}", shortened(path));
        (StatusCode::NOT_FOUND, "unknown_path", detail)
    } else if error.is::<MethodNotAllowedError>() {
        let detail = format!("{} does not take this method", shortened(path));
        (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    } else {
        return None;
    };
    Some(Problem::new(status, code, detail))
}

/// Whatever else there may be: its status, and its words unless it is our own fault.
fn by_status(error: Error) -> Problem {
    let status = error.status();
    if status.is_client_error() {
        let detail = shortened(&error.to_string());
        return Problem::new(status, "refused", detail);
    }
    Problem::internal(error)
}

/// poem-openapi speaks to Rust programmers: `failed to parse "string(Name)": … (occurred while
/// parsing "optional<…>")`. What is between is for clients.
fn plain(reason: &str) -> String {
    let reason = reason.split(" (occurred while parsing ").next().unwrap_or(reason);
    let reason = match reason.strip_prefix("failed to parse \"") {
        Some(rest) => rest.split_once("\": ").map_or(reason, |(_, reason)| reason),
        None => reason,
    };
    match reason {
        reason if reason.ends_with(ABSENT) => "is needed".into(),
        // What the standard library says of a number.
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "a whole number is needed".into()
        }
        reason => shortened(reason),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(ECHOED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_for_rust_programmers_is_left_out() {
        let reason = r#"failed to parse "integer(Limit)": a whole number is needed (occurred while parsing "optional_integer")"#;
        assert_eq!(plain(reason), "a whole number is needed");
    }

    #[test]
    fn a_clients_text_is_not_echoed_without_end() {
        assert_eq!(shortened(&"é".repeat(1000)).chars().count(), ECHOED + 1);
    }
}
