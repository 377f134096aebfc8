//! Catches errors and panics of the endpoints inside and answers with a problem.

use std::{any::Any, error::Error, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use poem_openapi::OperationId;
use tracing::error;

use super::Problem;
use crate::request_id::RequestId;

/// Turns every error and panic into a problem document.
#[derive(Clone, Copy, Debug)]
pub struct Problems;

impl<E: Endpoint> Middleware<E> for Problems {
    type Output = Caught<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Caught { inner }
    }
}

/// The endpoint made by [`Problems`]; it never fails.
#[derive(Debug)]
pub struct Caught<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for Caught<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let id = RequestId::of(&request);
        let path = request.uri().clone();
        Ok(match attempt(path.path(), self.inner.call(request)).await {
            Ok(response) => response,
            Err(Failure { problem, operation }) => {
                let mut response = answer(problem, &id);
                operation.into_iter().for_each(|operation| response.set_data(operation));
                response
            }
        })
    }
}

/// Why an endpoint has no answer. Everyone who waits for it can be told.
#[derive(Clone, Debug)]
pub struct Failure {
    problem: Problem,
    operation: Option<OperationId>,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { problem, operation: None }
    }
}

impl From<Failure> for poem::Error {
    fn from(Failure { problem, operation }: Failure) -> Self {
        let mut error = Self::from(problem);
        operation.into_iter().for_each(|operation| error.set_data(operation));
        error
    }
}

/// Waits for the answer of an endpoint that was called for `path`.
///
/// # Errors
/// [`Failure`], whether it returned an error or panicked.
pub async fn attempt<R: IntoResponse>(
    path: &str,
    call: impl Future<Output = Result<R>>,
) -> Result<Response, Failure> {
    // A handler shares nothing mutable with the next request, so a panic cannot leave it broken.
    match AssertUnwindSafe(call).catch_unwind().await {
        Ok(Ok(output)) => Ok(output.into_response()),
        Ok(Err(error)) if error.is_from_response() => Ok(error.into_response()),
        Ok(Err(error)) => {
            let operation = error.data::<OperationId>().copied();
            Err(Failure { problem: Problem::from_poem(error, path), operation })
        }
        Err(panic) => Err(Problem::internal(Panicked(words(panic.as_ref()))).into()),
    }
}

fn answer(problem: Problem, id: &RequestId) -> Response {
    if problem.status.is_server_error() {
        let cause = causes(&problem);
        error!(
            request_id = id.as_str(),
            code = problem.code,
            cause,
            "Failed to answer: {}",
            problem.detail
        );
    }
    problem.respond(id)
}

/// The chain of causes on one line; libraries often repeat the inner message in the outer one.
fn causes(problem: &Problem) -> String {
    let mut line = String::new();
    let mut next = problem.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !line.contains(&words) {
            let separator = if line.is_empty() { "" } else { ": " };
            line = format!("{line}{separator}{words}");
        }
        next = cause.source();
    }
    line
}

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked: {0}")]
struct Panicked(String);

fn words(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    literal
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".into())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_log_line_has_the_whole_chain_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("the query failed")]
        struct Outer(#[source] io::Error);
        let problem = Problem::internal(Outer(io::Error::other("disk full")));
        assert_eq!(causes(&problem), "the query failed: disk full");
    }
}
