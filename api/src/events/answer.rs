//! The answer that has no end.

use std::io;

use futures_util::stream;
use poem::{Body, IntoResponse, Response, http::header};
use poem_openapi::{
    ApiResponse,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
    types::{Example, ToJSON, Type},
};

use super::{event::RoundEvent, follower::Follower};

const CONTENT_TYPE: &str = "text/event-stream";

/// A stream of server-sent events.
pub struct EventStream(Body);

impl EventStream {
    /// What `follower` has to say, as far as the client reads it.
    pub(super) fn of(follower: Follower) -> Self {
        let chunks = stream::unfold(follower, async |mut follower| {
            let bytes = follower.next().await?;
            Some((Ok::<_, io::Error>(bytes), follower))
        });
        Self(Body::from_bytes_stream(chunks))
    }
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(CONTENT_TYPE)
            .header(header::CACHE_CONTROL, "no-store")
            // nginx collects answers unless it is told not to.
            .header("X-Accel-Buffering", "no")
            .body(self.0)
    }
}

impl ApiResponse for EventStream {
    fn meta() -> MetaResponses {
        // As OpenAPI 3.0 has no word for streams: https://github.com/OAI/OpenAPI-Specification/issues/396
        let schema = MetaSchema {
            description: Some("Server-sent events; each is the `data` of one of them."),
            items: Some(Box::new(RoundEvent::schema_ref())),
            example: RoundEvent::example().to_json().map(|example| vec![example].into()),
            ..MetaSchema::new_with_format("array", "event-stream")
        };
        let media = MetaMediaType {
            content_type: CONTENT_TYPE,
            schema: MetaSchemaRef::Inline(Box::new(schema)),
        };
        let (description, content) = ("Rounds as they are recorded, without end", vec![media]);
        let (status, status_range, headers) = (Some(200), None, Vec::new());
        let answer = MetaResponse { description, status, status_range, content, headers };
        MetaResponses { responses: vec![answer] }
    }

    fn register(registry: &mut Registry) {
        RoundEvent::register(registry);
    }
}
