//! Reading and writing the attributes of a DynamoDB item.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::error::Error;

/// An item, as DynamoDB knows it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A text attribute.
pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A time, in microseconds and always as long, so that its text sorts as the time does.
pub(crate) fn time(value: DateTime<Utc>) -> AttributeValue {
    AttributeValue::S(value.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// The text of an attribute.
pub(crate) fn read_text(item: &Item, attribute: &str) -> Result<String, Error> {
    item.get(attribute)
        .and_then(|value| value.as_s().ok())
        .cloned()
        .ok_or_else(|| Error::Corrupt { attribute: attribute.to_owned() })
}

/// The flag in an attribute.
pub(crate) fn read_flag(item: &Item, attribute: &str) -> Result<bool, Error> {
    item.get(attribute)
        .and_then(|value| value.as_bool().ok())
        .copied()
        .ok_or_else(|| Error::Corrupt { attribute: attribute.to_owned() })
}

/// The id in an attribute.
pub(crate) fn read_id(item: &Item, attribute: &str) -> Result<Uuid, Error> {
    read_text(item, attribute)?
        .parse()
        .map_err(|_| Error::Corrupt { attribute: attribute.to_owned() })
}

/// The time in an attribute.
pub(crate) fn read_time(item: &Item, attribute: &str) -> Result<DateTime<Utc>, Error> {
    read_text(item, attribute)?
        .parse()
        .map_err(|_| Error::Corrupt { attribute: attribute.to_owned() })
}
