//! Lists the values of a parameter that is one of a few, when it is none of them.
//!
//! poem-openapi only says that a valid one is expected.

use std::{collections::HashMap, sync::Arc};

use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};
use poem_openapi::{
    OpenApi, OperationId,
    error::ParseParamError,
    registry::{MetaApi, MetaSchema, MetaSchemaRef, Registry},
};

use crate::error::ApiError;

/// The values of each parameter that is one of a few, by operation and name.
#[derive(Clone, Debug)]
pub struct Choices(Arc<HashMap<(&'static str, String), Vec<String>>>);

impl Choices {
    /// Those of the operations of `A`.
    pub fn of<A: OpenApi>() -> Self {
        let mut registry = Registry::new();
        A::register(&mut registry);
        Self(Arc::new(choices(&A::meta(), &registry)))
    }

    /// What is wrong, if it is that a parameter is none of its values.
    fn explain(&self, error: &poem::Error) -> Option<ApiError> {
        let ParseParamError { name, .. } = error.downcast_ref()?;
        let operation = error.data::<OperationId>()?;
        let values = self.0.get(&(operation.0, (*name).to_owned()))?;
        Some(ApiError::NotAChoice { parameter: name, values: values.clone() })
    }
}

fn choices(apis: &[MetaApi], registry: &Registry) -> HashMap<(&'static str, String), Vec<String>> {
    let mut choices = HashMap::new();
    let paths = apis.iter().flat_map(|api| &api.paths);
    for operation in paths.flat_map(|path| &path.operations) {
        let Some(id) = operation.operation_id else { continue };
        for parameter in &operation.params {
            let values = values(&parameter.schema, registry);
            if !values.is_empty() {
                choices.insert((id, parameter.name.clone()), values);
            }
        }
    }
    choices
}

fn values(schema: &MetaSchemaRef, registry: &Registry) -> Vec<String> {
    let MetaSchema { enum_items, all_of, .. } = match schema {
        MetaSchemaRef::Inline(schema) => schema,
        MetaSchemaRef::Reference(name) => match registry.schemas.get(name) {
            Some(schema) => schema,
            None => return Vec::new(),
        },
    };
    let own = enum_items.iter().filter_map(|value| value.as_str().map(str::to_owned));
    own.chain(all_of.iter().flat_map(|schema| values(schema, registry))).collect()
}

impl<E: Endpoint> Middleware<E> for Choices {
    type Output = Explained<E>;

    fn transform(&self, inner: E) -> Explained<E> {
        Explained { inner, choices: self.clone() }
    }
}

/// The endpoint made by [`Choices`].
#[derive(Debug)]
pub struct Explained<E> {
    inner: E,
    choices: Choices,
}

impl<E: Endpoint> Endpoint for Explained<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let error = match self.inner.call(request).await {
            Ok(output) => return Ok(output.into_response()),
            Err(error) => error,
        };
        let Some(explained) = self.choices.explain(&error) else { return Err(error) };
        let mut explained = poem::Error::from(explained);
        if let Some(operation) = error.data::<OperationId>() {
            explained.set_data(*operation);
        }
        Err(explained)
    }
}
