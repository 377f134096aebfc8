//! An answer in the form in which it can be given again and again.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use poem::{
    Body, Response,
    error::ReadBodyError,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use poem_openapi::OperationId;
use tokio::sync::OnceCell;

use super::{coding, coding::Coding, conditions, lifetime};

/// Enough for an answer's own headers, and for those that are put around every answer: a map that
/// grows is copied.
const HEADERS: usize = 20;

/// 1 KiB: what an answer takes beside its bodies, its headers included.
const OVERHEAD: usize = 1024;

/// An answer to everybody who asks the same.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    operation: Option<OperationId>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    /// Only of a 200: how a client can tell that it has the answer, and the answer packed.
    content: Option<Arc<Content>>,
    /// When the clock had run this long.
    made_at: Duration,
    lifetime: Option<Duration>,
}

/// What depends on the body alone, and is kept when a later answer has the same.
#[derive(Debug)]
struct Content {
    tag: HeaderValue,
    modified: SystemTime,
    packed: [OnceCell<Option<Bytes>>; Coding::COUNT],
}

/// When an answer was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// The date.
    pub(super) date: SystemTime,
    /// How long the clock had run.
    pub(super) running: Duration,
}

impl Answer {
    /// Takes a handler's response; `last` is the answer of the same request before, if it is there.
    ///
    /// # Errors
    /// When the body cannot be read.
    pub(super) async fn of(
        mut response: Response,
        made: Moment,
        last: Option<&Self>,
    ) -> Result<Self, ReadBodyError> {
        let operation = response.data::<OperationId>().copied();
        let status = response.status();
        let is_content = status == StatusCode::OK;
        if is_content {
            lifetime::of_shared(&mut response);
        }
        let (parts, body) = response.into_parts();
        let mut answer = Self {
            status,
            operation,
            // A copy: the buffer that the answer was written into may be twice as large.
            body: Bytes::copy_from_slice(&body.into_bytes().await?),
            content: None,
            made_at: made.running,
            lifetime: lifetime::of(&parts.headers).filter(|_| is_content),
            headers: Vec::new(),
        };
        let own = parts.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
        answer.headers = own.collect();
        if is_content {
            answer.identify(&parts.headers, made.date, last);
        }
        Ok(answer)
    }

    /// Finds the tag and the date of the content: those of the last answer if it is the same.
    fn identify(&mut self, own: &HeaderMap, now: SystemTime, last: Option<&Self>) {
        let tag = conditions::tag(&self.body);
        let same = last.and_then(|last| last.content.clone()).filter(|last| last.tag == tag);
        let theirs = own.get(header::LAST_MODIFIED).and_then(conditions::date);
        let content = match (same, theirs) {
            (Some(content), None) => content,
            (Some(content), Some(date)) if content.modified == date => content,
            (_, date) => {
                let modified = date.unwrap_or_else(|| whole_seconds(now));
                Arc::new(Content { tag, modified, packed: Default::default() })
            }
        };
        if theirs.is_none() {
            // A date is a valid header value.
            let date = HeaderValue::from_str(&httpdate::fmt_http_date(content.modified));
            self.headers.retain(|(name, _)| name != header::LAST_MODIFIED);
            self.headers.extend(date.ok().map(|date| (header::LAST_MODIFIED, date)));
        }
        self.headers.push((header::ETAG, content.tag.clone()));
        self.headers.push((header::VARY, HeaderValue::from_static("Accept-Encoding")));
        self.content = Some(content);
    }

    /// How long the answer may be given; `None` to those only who wait for it already.
    pub(super) fn lifetime(&self) -> Option<Duration> {
        self.lifetime
    }

    /// How old the answer is when the clock has run for `running`, unless it is too old to be given.
    pub(super) fn age(&self, running: Duration) -> Option<Duration> {
        let age = running.saturating_sub(self.made_at);
        (age < self.lifetime?).then_some(age)
    }

    /// The most bytes that the answer ever takes: a packed body is kept only if it is half as large.
    pub(super) fn bytes(&self) -> usize {
        OVERHEAD + self.body.len() * (1 + Coding::COUNT / 2)
    }

    /// The response to a client that sent these headers; `age` is that of an answer from memory.
    pub(super) async fn respond(&self, asked: &HeaderMap, age: Option<Duration>) -> Response {
        let mut response = Response::default();
        response.set_status(self.status);
        if let Some(operation) = self.operation {
            response.set_data(operation);
        }
        let mut headers = HeaderMap::with_capacity(HEADERS);
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        if let Some(age) = age {
            headers.insert(header::AGE, HeaderValue::from(seconds(age)));
        }
        let mut body = Some(&self.body);
        if let Some(content) = &self.content {
            if conditions::is_known(asked, &content.tag, Some(content.modified)) {
                response.set_status(StatusCode::NOT_MODIFIED);
                headers.remove(header::CONTENT_TYPE);
                body = None;
            } else if let Some(coding) = coding::preferred(asked)
                && let Some(packed) = content.packed(coding, &self.body).await
            {
                headers.insert(header::CONTENT_ENCODING, coding.name());
                body = Some(packed);
            }
        }
        *response.headers_mut() = headers;
        if let Some(body) = body {
            response.set_body(Body::from_bytes(body.clone()));
        }
        response
    }
}

impl Content {
    /// The body in this coding; packed for the first client that likes it, and kept.
    async fn packed(&self, coding: Coding, body: &Bytes) -> Option<&Bytes> {
        let kept = &self.packed[coding as usize];
        let packed = match kept.get() {
            Some(packed) => packed,
            None => kept.get_or_init(|| coding.pack(body)).await,
        };
        packed.as_ref()
    }
}

/// Rounded up: rounding down would let an answer live on elsewhere for up to a second too long.
fn seconds(age: Duration) -> u64 {
    age.as_secs() + u64::from(age.subsec_nanos() > 0)
}

/// HTTP's dates have no fractions, and what a client sends back must compare equal.
fn whole_seconds(date: SystemTime) -> SystemTime {
    let since = date.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
}
