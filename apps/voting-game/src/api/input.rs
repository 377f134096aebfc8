//! Reading what clients send, so that what cannot be used is named.

use std::{collections::HashMap, fmt::Display, str::FromStr};

use poem::Request;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::Error;

/// The JSON in a body.
pub(super) fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let (path, error) = (error.path().to_string(), error.into_inner());
        if !error.is_data() {
            return Error::NotJson(error.to_string());
        }
        Error::invalid(field(&path, &error.to_string()), plain(&error.to_string()))
    })
}

/// A query parameter, if it is there. Unknown parameters are welcome: they get past caches.
pub(super) fn parameter<T>(request: &Request, name: &str) -> Result<Option<T>, Error>
where
    T: FromStr<Err: Display>,
{
    let query: HashMap<String, String> =
        request.params().map_err(|error| Error::invalid("the query", error.to_string()))?;
    let Some(text) = query.get(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|error: T::Err| Error::invalid(name, error.to_string()))
}

/// The id at the end of the path.
pub(super) fn id(request: &Request) -> Result<Uuid, Error> {
    request
        .raw_path_param("id")
        .unwrap_or_default()
        .parse()
        .map_err(|error: uuid::Error| Error::invalid("id", error.to_string()))
}

/// A missing field is reported with the path of what it is missing in.
fn field(path: &str, message: &str) -> String {
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    match (path, missing) {
        (".", Some(name)) => name.to_owned(),
        (path, Some(name)) => format!("{path}.{name}"),
        (".", None) => "the body".to_owned(),
        (path, None) => path.to_owned(),
    }
}

/// Line and column are of no use once the field is named.
fn plain(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::Draft;

    fn refusal(json: &str) -> String {
        body::<Draft>(json.as_bytes()).expect_err("a bad body").to_string()
    }

    #[test]
    fn the_field_at_fault_is_named() {
        assert_eq!(refusal("{}"), "api_key: missing field `api_key`");
        assert!(refusal(r#"{"api_key": 1}"#).starts_with("api_key: invalid type: integer"));
        assert!(refusal(r#"{"choices": [{"id": "x"}]}"#).starts_with("choices[0].id: "));
        assert!(refusal(r#"{"choices": [{}]}"#).starts_with("choices[0].description: missing"));
        assert!(refusal("[").starts_with("the body is not JSON: "));
        assert!(refusal("7").starts_with("the body: invalid type"));
    }
}
