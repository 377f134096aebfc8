//! Holds requests to what the document says: to the methods of a path, and to its parameters.
//!
//! `?regoin=us-east-1` would otherwise answer with every region, and `?region=a&region=b` with the
//! first one, and nobody would notice.

use std::{collections::HashSet, sync::Arc};

use poem::{
    Endpoint, Error, IntoResponse, Middleware, Request, Response, Result,
    error::MethodNotAllowedError,
    http::{Method, StatusCode},
};
use poem_openapi::{
    ApiResponse, OperationId,
    error::ParsePathError,
    registry::{MetaApi, MetaOperation, MetaParamIn, MetaPath, MetaResponses, Registry},
};

use crate::{
    near::near,
    problem::{self, Problem},
};

/// 80 characters of an unknown name are enough to recognise it.
const ECHOED: usize = 80;

/// What every GET answers to; [`crate::access_log`] makes a GET of HEAD.
const READING: &str = "GET, HEAD";

/// What is known of the operations of a program.
#[derive(Clone, Debug)]
pub struct Operations(Arc<Vec<Known>>);

#[derive(Debug)]
struct Known {
    /// The path as the document writes it: `/v1/runs/{id}`.
    path: String,
    /// `GET, HEAD`
    methods: String,
    /// The query parameters, if others are refused.
    parameters: Option<Vec<String>>,
}

impl Operations {
    /// Those in `apis`. Where a path begins like one of `strict`, parameters are refused that it
    /// does not have, and those that are there twice; elsewhere both are ignored.
    pub fn of(apis: &[MetaApi], strict: &[&str]) -> Self {
        let paths = apis.iter().flat_map(|api| &api.paths);
        let known = paths.map(|path| {
            let is_strict = strict.iter().any(|under| path.path.starts_with(under));
            Known {
                path: path.path.clone(),
                methods: methods(path),
                parameters: is_strict.then(|| parameters(path)),
            }
        });
        Self(Arc::new(known.collect()))
    }

    fn of_path(&self, path: &str) -> Option<&Known> {
        self.0.iter().find(|known| fits(&known.path, path))
    }
}

fn methods(path: &MetaPath) -> String {
    let shown = |operation: &MetaOperation| match operation.method == Method::GET {
        true => READING.to_owned(),
        false => operation.method.to_string(),
    };
    path.operations.iter().map(shown).collect::<Vec<_>>().join(", ")
}

fn parameters(path: &MetaPath) -> Vec<String> {
    let parameters = path.operations.iter().flat_map(|operation| &operation.params);
    let queried = parameters.filter(|parameter| parameter.in_type == MetaParamIn::Query);
    queried.map(|parameter| parameter.name.clone()).collect()
}

/// Whether a path is the one that the document writes so, with anything for `{region}`.
fn fits(documented: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let mut fitting = documented.split('/').map(|wanted| {
        segments.next().is_some_and(|given| wanted.starts_with('{') || wanted == given)
    });
    fitting.all(|fits| fits) && segments.next().is_none()
}

impl Known {
    /// What is wrong with the names of the parameters of `request`.
    fn refuse(&self, request: &Request) -> Option<Problem> {
        request.uri().query()?;
        let known = self.parameters.as_ref()?;
        let given: Vec<(String, String)> = request.params().unwrap_or_default();
        let mut seen = HashSet::new();
        for (name, _) in &given {
            if !known.contains(name) {
                return Some(unknown(name, known));
            }
            if !seen.insert(name) {
                return Some(repeated(name));
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

fn unknown(name: &str, known: &[String]) -> Problem {
    let name: String = name.chars().take(ECHOED).collect();
    let detail = format!("there is no parameter {name:?}");
    let near = near(&name, known.iter().cloned());
    Problem::new(StatusCode::BAD_REQUEST, "unknown_parameter", detail).parameter(name).near(near)
}

fn repeated(name: &str) -> Problem {
    let detail = format!("the parameter {name} is there more than once");
    Problem::new(StatusCode::BAD_REQUEST, "repeated_parameter", detail).parameter(name)
}

/// The error of an operation that refuses only what is not in the document; for its description.
#[derive(Debug)]
pub enum Refused {}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {}
    }
}

impl ApiResponse for Refused {
    fn meta() -> MetaResponses {
        problem::responses(&[400])
    }

    fn register(registry: &mut Registry) {
        problem::register(registry);
    }
}

impl<E: Endpoint> Middleware<E> for Operations {
    type Output = Strict<E>;

    fn transform(&self, inner: E) -> Strict<E> {
        Strict { inner, operations: self.clone() }
    }
}

/// The endpoint made by [`Operations`].
#[derive(Debug)]
pub struct Strict<E> {
    inner: E,
    operations: Operations,
}

impl<E: Endpoint> Endpoint for Strict<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let known = self.operations.of_path(request.uri().path());
        if let Some(problem) = known.and_then(|known| known.refuse(&request)) {
            return Err(problem.into());
        }
        let error = match self.inner.call(request).await {
            Ok(output) => return Ok(output.into_response()),
            Err(error) => error,
        };
        if error.is::<MethodNotAllowedError>() {
            // What is not in the document are its own pages.
            let methods = known.map_or(READING, |known| &known.methods);
            return Err(Problem::method_not_allowed(methods).into());
        }
        Err(match known {
            Some(known) => known.naming(error),
            None => error,
        })
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
