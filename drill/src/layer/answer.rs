//! A body that is sent whole, or breaks off half way.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// 30 ms: what was sent before has gone out by then.
const BEFORE_THE_BREAK: Duration = Duration::from_millis(30);

/// The body of an answer.
pub(super) struct AnswerBody {
    rest: Option<Bytes>,
    breaks: Option<Pin<Box<Sleep>>>,
}

/// An answer that is sent whole.
pub(super) fn whole(response: Response<Bytes>) -> Response<AnswerBody> {
    response.map(|body| AnswerBody { rest: Some(body), breaks: None })
}

/// An answer that promises all and breaks off half way.
pub(super) fn truncated(response: Response<Bytes>) -> Response<AnswerBody> {
    let length = response.body().len();
    let mut response = response.map(|body| AnswerBody {
        rest: Some(body.slice(..body.len() / 2)),
        breaks: Some(Box::pin(sleep(BEFORE_THE_BREAK))),
    });
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// An answer of the same length that nobody can read.
pub(super) fn garbled(response: Response<Bytes>) -> Response<AnswerBody> {
    whole(response.map(|body| body.iter().map(|byte| byte ^ 0x2a).collect()))
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(data) = self.rest.take().filter(|data| !data.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match &mut self.breaks {
            None => Poll::Ready(None),
            Some(pause) => {
                std::task::ready!(pause.as_mut().poll(context));
                Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.breaks.is_none() && self.rest.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.breaks, &self.rest) {
            (None, rest) => SizeHint::with_exact(rest.as_ref().map_or(0, |rest| rest.len() as u64)),
            (Some(_), _) => SizeHint::default(),
        }
    }
}
