//! The types of query parameters: what they accept, and what they say when they do not.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use model::{Cursor, PageRequest};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromParameter, ParseResult, ToJSON, Type},
};
use serde_json::Value;
use serve::timestamp::Timestamp;

use crate::error::ApiError;

/// 80 characters: the longest name there is has 30.
const LONGEST_NAME: usize = 80;

/// What [`char::is_control`] says, as clients can check it.
const NO_CONTROL_CHARACTERS: &str = r"^[^\x00-\x1f\x7f-\x9f]+$";

/// The name of a region, a service or a probe; whether there is one is the store's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(pub String);

impl ParseFromParameter for Name {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        let length = text.chars().count();
        // PostgreSQL refuses the character 0 in text; no name has any other control character.
        if !(1..=LONGEST_NAME).contains(&length) || text.chars().any(char::is_control) {
            let problem = format!("a name of 1 to {LONGEST_NAME} printable characters is needed");
            return Err(ParseError::custom(problem));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Type for Name {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_name".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            min_length: Some(1),
            max_length: Some(LONGEST_NAME),
            pattern: Some(NO_CONTROL_CHARACTERS.to_owned()),
            ..MetaSchema::new("string")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

/// How many items a page holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// 1,000 observations are about half a megabyte of JSON.
    const LARGEST: u16 = 1000;
}

impl Default for Limit {
    /// 100: a screen or two.
    fn default() -> Self {
        Self(100)
    }
}

impl ParseFromParameter for Limit {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        match text.parse() {
            Ok(limit) if (1..=Self::LARGEST).contains(&limit) => Ok(Self(limit)),
            _ => Err(ParseError::custom("a whole number from 1 to 1000 is needed")),
        }
    }
}

impl ToJSON for Limit {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.into())
    }
}

impl Type for Limit {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "integer_limit".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            minimum: Some(1.0),
            maximum: Some(Self::LARGEST.into()),
            ..MetaSchema::new_with_format("integer", "int32")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

/// The page that a request asks for.
pub fn page(limit: Limit, cursor: Option<String>) -> PageRequest {
    PageRequest { limit: limit.0.into(), after: cursor.map(Cursor::from_client) }
}

/// A span of time that is open where the request leaves it open.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first moment that belongs to it.
    pub from: Option<DateTime<Utc>>,
    /// The first moment after it.
    pub to: Option<DateTime<Utc>>,
}

impl Span {
    /// The span that a request asks for.
    ///
    /// # Errors
    /// [`ApiError::EmptySpan`] for an empty one, which a client asks for only by mistake.
    pub fn of(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Self, ApiError> {
        match (from, to) {
            (Some(from), Some(to)) if to.0 <= from.0 => Err(ApiError::EmptySpan),
            _ => Ok(Self { from: from.map(|from| from.0), to: to.map(|to| to.0) }),
        }
    }
}
