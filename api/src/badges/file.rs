//! The last part of a badge's path: a service, and the format that is wanted.

use std::borrow::Cow;

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromParameter, ParseResult, Type},
};

use crate::parameters::Name;

/// How a badge is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// As a picture.
    Svg,
    /// As what shields.io makes a picture of.
    Json,
}

/// `DynamoDB.svg`: a service, and the format that is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    /// The service, as the path has it.
    pub(super) service: String,
    /// How it is sent.
    pub(super) format: Format,
}

impl ParseFromParameter for File {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        let (service, format) = match text.rsplit_once('.') {
            Some((service, "svg")) => (service, Format::Svg),
            Some((service, "json")) => (service, Format::Json),
            _ => return Err(ParseError::custom("a service and .svg or .json are needed")),
        };
        let Name(service) = Name::parse_from_parameter(service).map_err(ParseError::propagate)?;
        Ok(Self { service, format })
    }
}

impl Type for File {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_file".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            pattern: Some(r"^[^\x00-\x1f\x7f-\x9f]{1,80}\.(svg|json)$".into()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_dot_parts_service_and_format() {
        let file = File::parse_from_parameter("node.js.json").ok();
        assert_eq!(file, Some(File { service: "node.js".into(), format: Format::Json }));
    }

    #[test]
    fn what_is_no_service_or_has_no_format_is_refused() {
        for text in ["S3", "S3.png", ".svg", "S3.SVG", "a\u{0}.svg", &format!("{:81}.svg", "x")] {
            assert!(File::parse_from_parameter(text).is_err(), "{text}");
        }
    }
}
