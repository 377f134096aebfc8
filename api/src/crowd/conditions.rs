//! Whether a client has an answer already: `If-None-Match` and `If-Modified-Since`.

use std::time::SystemTime;

use poem::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

/// A weak tag, because the same answer may be sent compressed or not: RFC 9110 section 8.8.1.
pub(crate) fn tag(body: &[u8]) -> HeaderValue {
    let hash = Sha256::digest(body);
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    // Hexadecimal digits and quotes are always a valid header value.
    HeaderValue::from_str(&format!("W/\"{hex}\"")).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// Whether the client that sends `headers` has the answer with this tag and date.
///
/// RFC 9110 section 13.2.2: a tag is worth more than a date, which is only looked at without one.
pub(crate) fn is_known(
    headers: &HeaderMap,
    tag: &HeaderValue,
    modified: Option<SystemTime>,
) -> bool {
    if headers.contains_key(header::IF_NONE_MATCH) {
        return names(headers, tag.as_bytes());
    }
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(date);
    since.zip(modified).is_some_and(|(since, modified)| modified <= since)
}

/// The date in a header; what is none counts as absent.
pub(crate) fn date(value: &HeaderValue) -> Option<SystemTime> {
    value.to_str().ok().and_then(|text| httpdate::parse_http_date(text).ok())
}

/// Whether `If-None-Match` names `tag`, by the weak comparison of RFC 9110 section 13.1.2.
fn names(headers: &HeaderMap, tag: &[u8]) -> bool {
    let mut given = headers.get_all(header::IF_NONE_MATCH).iter().map(HeaderValue::as_bytes);
    given.any(|value| {
        value.trim_ascii() == b"*" || tags(value).any(|given| given == strength_aside(tag))
    })
}

/// The tags of a list, in their quotes, up to the first that is none. Between the quotes there may
/// be commas: RFC 9110 section 8.8.3.
fn tags(mut list: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let separator = |byte: &u8| matches!(byte, b',' | b' ' | b'\t');
        let start = list.iter().position(|byte| !separator(byte))?;
        let opened = strength_aside(&list[start..]);
        let length = opened.strip_prefix(b"\"")?.iter().position(|byte| *byte == b'"')? + 2;
        let (tag, rest) = opened.split_at(length);
        list = rest;
        Some(tag)
    })
}

fn strength_aside(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: &str = "Thu, 19 Nov 2026 18:30:30 GMT";

    fn known(headers: &[(header::HeaderName, &'static str)]) -> bool {
        let headers = headers.iter().cloned();
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        let modified = httpdate::parse_http_date(MODIFIED).expect("a date");
        let tag = HeaderValue::from_static("W/\"abc\"");
        is_known(&HeaderMap::from_iter(headers), &tag, Some(modified))
    }

    #[test]
    fn a_tag_is_found_in_a_list() {
        assert!(known(&[(header::IF_NONE_MATCH, r#""x", W/"abc""#)]));
    }

    #[test]
    fn a_strong_form_of_the_tag_will_do() {
        assert!(known(&[(header::IF_NONE_MATCH, r#""abc""#)]));
    }

    #[test]
    fn a_star_alone_stands_for_every_tag() {
        assert!(known(&[(header::IF_NONE_MATCH, "*")]));
        for text in [r#""a,*,b""#, r#""*""#, r#"*, "x""#, r#""x", *"#, "**", "W/*"] {
            assert!(!known(&[(header::IF_NONE_MATCH, text)]), "{text}");
        }
    }

    #[test]
    fn a_comma_between_quotes_separates_nothing() {
        assert!(known(&[(header::IF_NONE_MATCH, r#""a,b", W/",",,"abc""#)]));
        for text in [r#""x,"abc",y""#, r#"",W/"abc","#, r#""x,abc""#] {
            assert!(!known(&[(header::IF_NONE_MATCH, text)]), "{text}");
        }
    }

    #[test]
    fn garbage_matches_nothing() {
        for text in ["", "abc", ",,,", "W/", "\"abc", "w/\"abc\""] {
            assert!(!known(&[(header::IF_NONE_MATCH, text)]), "{text}");
        }
    }

    #[test]
    fn a_date_that_is_not_older_than_the_answer_will_do() {
        assert!(known(&[(header::IF_MODIFIED_SINCE, MODIFIED)]));
        assert!(known(&[(header::IF_MODIFIED_SINCE, "Thu, 19 Nov 2026 18:30:31 GMT")]));
        for text in ["Thu, 19 Nov 2026 18:30:29 GMT", "yesterday", "", "0"] {
            assert!(!known(&[(header::IF_MODIFIED_SINCE, text)]), "{text}");
        }
    }

    #[test]
    fn a_tag_is_worth_more_than_a_date() {
        let other = (header::IF_NONE_MATCH, "\"other\"");
        assert!(!known(&[other, (header::IF_MODIFIED_SINCE, MODIFIED)]));
    }

    #[test]
    fn a_date_says_nothing_about_an_answer_without_one() {
        let since = HeaderValue::from_static(MODIFIED);
        let headers = HeaderMap::from_iter([(header::IF_MODIFIED_SINCE, since)]);
        assert!(!is_known(&headers, &HeaderValue::from_static("\"a\""), None));
    }

    #[test]
    fn another_body_has_another_tag() {
        assert_ne!(tag(b"a"), tag(b"b"));
    }
}
