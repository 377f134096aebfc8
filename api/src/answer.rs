//! A JSON answer that is written straight from its type, and may be kept for longer than others.
//!
//! poem-openapi makes a tree of values first, which for tens of thousands of buckets takes ten times
//! the memory of the text.

use std::marker::PhantomData;

use chrono::{DateTime, TimeDelta, Utc};
use model::{Width, Window};
use poem::{
    IntoResponse, Response,
    http::{HeaderValue, header},
};
use poem_openapi::{
    ApiResponse,
    payload::{Json, Payload},
    registry::{MetaResponses, Registry},
    types::{ToJSON, Type},
};
use serde::Serialize;

use crate::error::ApiError;

/// An hour: a row that comes late changes what was over already. That long an old answer may stand.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// 2 min: the last round of an hour is recorded some seconds after the hour's end.
const GRACE: TimeDelta = TimeDelta::minutes(2);

/// An answer's text, and how long it may be kept if that is longer than usual.
#[derive(Debug)]
pub struct Answer<T> {
    text: Vec<u8>,
    lifetime: Option<HeaderValue>,
    of: PhantomData<T>,
}

impl<T: Serialize> Answer<T> {
    /// The answer to a question about `window`, asked at `now`.
    ///
    /// # Errors
    /// [`ApiError::Unwritable`], which no type of ours is.
    pub fn about(window: Window, now: DateTime<Utc>, body: &T) -> Result<Self, ApiError> {
        let text = serde_json::to_vec(body).map_err(ApiError::Unwritable)?;
        Ok(Self { text, lifetime: is_closed(window, now).then_some(KEPT), of: PhantomData })
    }
}

/// Whether nothing more is recorded in the window, unless it comes late.
fn is_closed(window: Window, now: DateTime<Utc>) -> bool {
    window.to <= Width::Hour.start_of(now - GRACE)
}

impl<T: Send> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .content_type(<Json<String> as Payload>::CONTENT_TYPE)
            .body(self.text);
        if let Some(lifetime) = self.lifetime {
            response.headers_mut().insert(header::CACHE_CONTROL, lifetime);
        }
        response
    }
}

impl<T: Type + ToJSON> ApiResponse for Answer<T> {
    fn meta() -> MetaResponses {
        Json::<T>::meta()
    }

    fn register(registry: &mut Registry) {
        <Json<T> as ApiResponse>::register(registry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(to: &str) -> bool {
        let time = |text: &str| format!("2026-11-19T{text}Z").parse().expect("a time");
        is_closed(Window { from: time("00:00:00"), to: time(to) }, time("18:01:59"))
    }

    #[test]
    fn a_window_is_closed_when_its_last_hour_is_recorded() {
        assert!(closed("17:00:00"));
        assert!(!closed("17:00:01"));
        assert!(!closed("18:00:00"));
    }
}
