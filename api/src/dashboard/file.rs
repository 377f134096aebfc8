//! The dashboard's files, which the build put into the program, each packed beforehand.

use bytes::Bytes;
use poem::{
    Response,
    http::{HeaderMap, HeaderValue, StatusCode, header},
};

use crate::crowd::{coding, coding::Coding, conditions};

/// A file of `web/dist`.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) whole: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));

/// A year, which RFC 9111 takes for ever: a file of another content has another name.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Ask whether it changed before using it again.
const ASK: HeaderValue = HeaderValue::from_static("no-cache");

/// What is sent, in all of its forms.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) kind: HeaderValue,
    pub(super) whole: Bytes,
    pub(super) brotli: Option<&'static [u8]>,
    pub(super) gzip: Option<&'static [u8]>,
    pub(super) kept: HeaderValue,
    pub(super) tag: HeaderValue,
}

impl Body {
    /// A page.
    pub(super) fn html(text: Bytes) -> Self {
        let tag = conditions::tag(&text);
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        Self { kind, whole: text, brotli: None, gzip: None, kept: ASK, tag }
    }
}

impl File {
    /// The file with this name: `assets/index-B1a2.js`.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        FILES.iter().find(|file| file.name == name)
    }

    /// The file, unless the client has it.
    pub(super) fn respond(&self, headers: &HeaderMap) -> Response {
        let Self { name, whole, brotli, gzip } = *self;
        // The build puts a hash of the content into the names of what lies there.
        let (kept, tag) = match name.starts_with("assets/") {
            true => (FOR_EVER, conditions::tag(name.as_bytes())),
            false => (ASK, conditions::tag(whole)),
        };
        let whole = Bytes::from_static(whole);
        respond(Body { kind: kind(name), whole, brotli, gzip, kept, tag }, headers)
    }
}

/// A body, unless the client has it.
pub(super) fn respond(body: Body, asked: &HeaderMap) -> Response {
    let known = conditions::is_known(asked, &body.tag, None);
    let mut answer = Response::builder()
        .header(header::CACHE_CONTROL, body.kept)
        .header(header::ETAG, body.tag)
        .header(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if known {
        return answer.status(StatusCode::NOT_MODIFIED).finish();
    }
    let coding = coding::preferred(asked);
    let packed = coding.and_then(|coding| match coding {
        Coding::Brotli => body.brotli,
        Coding::Gzip => body.gzip,
    });
    answer = answer.header(header::CONTENT_TYPE, body.kind);
    match coding.zip(packed) {
        Some((coding, bytes)) => {
            answer.header(header::CONTENT_ENCODING, coding.name()).body(Bytes::from_static(bytes))
        }
        None => answer.body(body.whole),
    }
}

fn kind(name: &str) -> HeaderValue {
    HeaderValue::from_static(match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    })
}
