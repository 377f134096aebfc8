//! What the operations' types do not say of themselves, for the document.

use poem_openapi::registry::{MetaOperation, MetaSchema};
use serde_json::Value;
use serve::problem;

/// An example of the parameter with this name, which operations at several paths may have.
fn example(path: &str, parameter: &str) -> Option<Value> {
    let text = match parameter {
        "region" => "us-east-1",
        "service" => "DynamoDB",
        "file" => "DynamoDB.svg",
        "id" if path.starts_with("/v1/incidents/") => return Some(Value::from(42)),
        "id" | "run" => "us-east-1-20261119T1804Z",
        "probe" => "voting_game",
        "from" | "at" => "2026-11-19T18:00:00Z",
        "to" => "2026-11-20T18:00:00Z",
        _ => return None,
    };
    Some(Value::from(text))
}

/// Completes the description of an operation at `path`.
pub(super) fn complete(path: &str, operation: &mut MetaOperation) {
    let responses = &mut operation.responses.responses;
    // Every /v1 operation refuses parameters that it does not know, also those that have none.
    if path.starts_with("/v1/") && responses.iter().all(|response| response.status != Some(400)) {
        responses.extend(problem::responses(&[400]).responses);
        responses.sort_by_key(|response| response.status);
    }
    for parameter in &mut operation.params {
        if let Some(example) = example(path, &parameter.name) {
            let example = MetaSchema { example: Some(example), ..MetaSchema::ANY };
            parameter.schema = parameter.schema.clone().merge(example);
        }
    }
}
