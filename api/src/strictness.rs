//! Holds requests to the parameters that the document names.
//!
//! `?regoin=us-east-1` would otherwise answer with every region, and `?region=a&region=b` with the
//! first one, and nobody would notice. The calls of the first dashboard keep ignoring both, as they
//! always did.

use std::{collections::HashSet, sync::Arc};

use poem::{Endpoint, Error, IntoResponse, Middleware, Request, Response, Result};
use poem_openapi::{
    OperationId,
    error::ParsePathError,
    registry::{MetaApi, MetaParamIn},
};
use serve::problem::Problem;

use crate::{error::ApiError, store::near};

/// Whose unknown parameters are refused.
const STRICT: [&str; 2] = ["/v1/", "/badges/"];

/// 80 characters of an unknown name are enough to recognise it.
const ECHOED: usize = 80;

/// The query parameters of each path.
#[derive(Clone, Debug)]
pub struct KnownParameters(Arc<Vec<Known>>);

#[derive(Debug)]
struct Known {
    /// The path as the document writes it: `/v1/runs/{id}`.
    path: String,
    parameters: Vec<String>,
}

impl KnownParameters {
    /// Those of the operations in `apis` under `/v1` and `/badges`.
    pub fn of(apis: &[MetaApi]) -> Self {
        let paths = apis.iter().flat_map(|api| &api.paths);
        let strict = paths.filter(|path| STRICT.iter().any(|under| path.path.starts_with(under)));
        let known = strict.map(|path| {
            let parameters = path.operations.iter().flat_map(|operation| &operation.params);
            let queried = parameters.filter(|parameter| parameter.in_type == MetaParamIn::Query);
            let parameters = queried.map(|parameter| parameter.name.clone()).collect();
            Known { path: path.path.clone(), parameters }
        });
        Self(Arc::new(known.collect()))
    }

    fn of_path(&self, path: &str) -> Option<&Known> {
        self.0.iter().find(|known| fits(&known.path, path))
    }
}

impl Known {
    /// What is wrong with the names of the parameters of `request`.
    fn refuse(&self, request: &Request) -> Option<ApiError> {
        request.uri().query()?;
        let given: Vec<(String, String)> = request.params().unwrap_or_default();
        let mut seen = HashSet::new();
        for (name, _) in &given {
            if !self.parameters.contains(name) {
                let name: String = name.chars().take(ECHOED).collect();
                let near = near(&name, self.parameters.iter().cloned());
                return Some(ApiError::UnknownParameter { near, name });
            }
            if !seen.insert(name) {
                return Some(ApiError::RepeatedParameter { name: name.clone() });
            }
        }
        None
    }

    /// `error`, with the name of the path segment at fault, which poem-openapi calls `param0`.
    fn naming(&self, error: Error) -> Error {
        let Some(refused) = error.downcast_ref::<ParsePathError>() else { return error };
        let number = refused.name.strip_prefix("param").and_then(|number| number.parse().ok());
        let mut names = self.path.split('/').filter_map(|part| part.strip_prefix('{'));
        let Some(name) = number.and_then(|number| names.nth(number)) else { return error };
        let problem = Problem::invalid_segment(name.trim_end_matches('}'), refused);
        let mut named = Error::from(problem);
        // By which log and metrics know the operation.
        error.data::<OperationId>().copied().into_iter().for_each(|id| named.set_data(id));
        named
    }
}

/// Whether a path is the one that the document writes so, with anything for `{region}`.
fn fits(documented: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let mut fitting = documented.split('/').map(|wanted| {
        segments.next().is_some_and(|given| wanted.starts_with('{') || wanted == given)
    });
    fitting.all(|fits| fits) && segments.next().is_none()
}

impl<E: Endpoint> Middleware<E> for KnownParameters {
    type Output = Strict<E>;

    fn transform(&self, inner: E) -> Strict<E> {
        Strict { inner, known: self.clone() }
    }
}

/// The endpoint made by [`KnownParameters`].
#[derive(Debug)]
pub struct Strict<E> {
    inner: E,
    known: KnownParameters,
}

impl<E: Endpoint> Endpoint for Strict<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let known = self.known.of_path(request.uri().path());
        if let Some(error) = known.and_then(|known| known.refuse(&request)) {
            return Err(error.into());
        }
        match self.inner.call(request).await {
            Ok(output) => Ok(output.into_response()),
            Err(error) => Err(match known {
                Some(known) => known.naming(error),
                None => error,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_segment_by_segment() {
        assert!(fits("/v1/runs", "/v1/runs"));
        assert!(fits("/v1/runs/{id}", "/v1/runs/us-east-1-20261119T1804Z"));
        assert!(fits("/badges/{region}/{file}", "/badges/us-east-1/S3.svg"));
        for path in ["/v1/runs/", "/v1/runs/a/b", "/v1/run", "/v1"] {
            assert!(!fits("/v1/runs", path), "{path}");
        }
    }
}
