//! How long an answer stays fresh, as its `Cache-Control` says.

use std::time::Duration;

use poem::{
    Response,
    http::{HeaderMap, HeaderValue, header},
};
use poem_openapi::OperationId;

/// 5 s, in browsers and in shared caches: a slot lasts a minute, and a thousand visitors become one query.
const DATA: HeaderValue = HeaderValue::from_static("public, max-age=5, s-maxage=5");

/// An hour: the documents change only with the program.
const DOCUMENTS: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Whoever asks for these wants to know about this very moment.
const PRESENT: HeaderValue = HeaderValue::from_static("no-store");

/// Says how long an answer to everybody stays fresh, where its handler did not.
pub(super) fn of_shared(response: &mut Response) {
    let default = match response.data::<OperationId>().map(|operation| operation.0) {
        Some("read_docs" | "read_redoc" | "read_openapi") => DOCUMENTS,
        _ => DATA,
    };
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(default);
}

/// Says that an answer about this moment is not to be kept, where its handler said nothing else.
pub(super) fn of_present(response: &mut Response) {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(PRESENT);
}

/// How long an answer with these headers may be kept for everybody, if at all.
pub(super) fn of(headers: &HeaderMap) -> Option<Duration> {
    let mut lifetime = None;
    let values = headers.get_all(header::CACHE_CONTROL).iter();
    for directive in values.flat_map(|value| value.to_str().unwrap_or("no-store").split(',')) {
        match directive.trim() {
            "no-store" | "no-cache" | "private" => return None,
            directive => {
                let seconds = directive.strip_prefix("max-age=").and_then(|age| age.parse().ok());
                lifetime = seconds.map(Duration::from_secs).or(lifetime);
            }
        }
    }
    lifetime.filter(|lifetime| !lifetime.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(cache_control: HeaderValue) -> Option<u64> {
        of(&HeaderMap::from_iter([(header::CACHE_CONTROL, cache_control)]))
            .map(|lifetime| lifetime.as_secs())
    }

    #[test]
    fn our_own_words_are_understood() {
        assert_eq!([DATA, DOCUMENTS, PRESENT].map(seconds), [Some(5), Some(3600), None]);
    }

    #[test]
    fn what_is_for_one_client_or_for_this_moment_is_not_kept() {
        for text in ["private, max-age=5", "max-age=5, no-store", "max-age=0", "no-cache", "public"]
        {
            assert_eq!(seconds(HeaderValue::from_static(text)), None, "{text}");
        }
        assert_eq!(of(&HeaderMap::new()), None);
    }
}
