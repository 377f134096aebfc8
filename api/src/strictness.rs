//! Refuses query parameters that a `/v1` operation does not know, or that are there twice.
//!
//! `?regoin=us-east-1` would otherwise answer with every region, and `?region=a&region=b` with the
//! first one, and nobody would notice. The calls of the first dashboard keep ignoring both, as they
//! always did.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use poem_openapi::registry::{MetaApi, MetaParamIn};

use crate::{error::ApiError, store::near};

/// 80 characters of an unknown name are enough to recognise it.
const ECHOED: usize = 80;

/// The query parameters of each path.
#[derive(Clone, Debug)]
pub struct KnownParameters(Arc<HashMap<String, Vec<String>>>);

impl KnownParameters {
    /// Those of the `/v1` operations in `apis`, none of which has a parameter in its path.
    pub fn of(apis: &[MetaApi]) -> Self {
        let paths = apis.iter().flat_map(|api| &api.paths);
        let strict = paths.filter(|path| path.path.starts_with("/v1/"));
        let known = strict.map(|path| {
            let parameters = path.operations.iter().flat_map(|operation| &operation.params);
            let queried = parameters.filter(|parameter| parameter.in_type == MetaParamIn::Query);
            (path.path.clone(), queried.map(|parameter| parameter.name.clone()).collect())
        });
        Self(Arc::new(known.collect()))
    }

    /// What is wrong with the names of the parameters of `request`.
    fn refuse(&self, request: &Request) -> Option<ApiError> {
        let known = self.0.get(request.uri().path())?;
        let given: Vec<(String, String)> = request.params().unwrap_or_default();
        let mut seen = HashSet::new();
        for (name, _) in &given {
            if !known.contains(name) {
                let name: String = name.chars().take(ECHOED).collect();
                let near = near(&name, known.iter().cloned());
                return Some(ApiError::UnknownParameter { near, name });
            }
            if !seen.insert(name) {
                return Some(ApiError::RepeatedParameter { name: name.clone() });
            }
        }
        None
    }
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
        if let Some(error) = self.known.refuse(&request) {
            return Err(error.into());
        }
        Ok(self.inner.call(request).await?.into_response())
    }
}
