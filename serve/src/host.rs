//! Refuses HTTP/1.1 requests that do not say whom they are for.

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{Version, header},
};

use crate::problem::Problem;

/// Demands one `Host` header, as RFC 9112 section 3.2 does: of a request with none, or with two,
/// the programs on its way may each think something else.
#[derive(Clone, Copy, Debug)]
pub struct HostNeeded;

impl<E: Endpoint> Middleware<E> for HostNeeded {
    type Output = Addressed<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Addressed { inner }
    }
}

/// The endpoint made by [`HostNeeded`].
#[derive(Debug)]
pub struct Addressed<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for Addressed<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let hosts = request.headers().get_all(header::HOST).iter().count();
        if request.version() == Version::HTTP_11 && hosts != 1 {
            return Err(Problem::invalid_parameter("Host", "Host: is needed, once").into());
        }
        Ok(self.inner.call(request).await?.into_response())
    }
}
