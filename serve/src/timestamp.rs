//! Times as the `/v1` calls write and read them: RFC 3339, UTC, ending in `Z`.

use std::{borrow::Cow, ops::RangeInclusive};

use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound, Timelike, Utc};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{Example, ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// As many make a second; chrono writes a leap second as more.
const NANOSECONDS: u32 = 1_000_000_000;

/// The years of a time that is asked about: nothing was measured before them, and RFC 3339 has no
/// way to write what is after them.
const YEARS: RangeInclusive<i32> = 1970..=9999;

/// Microseconds: finer than that PostgreSQL stores nothing, and SQLite would compare it.
const DIGITS: u16 = 6;

/// A time in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp(pub DateTime<Utc>);

impl Type for Timestamp {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_date-time".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "date-time")))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl Example for Timestamp {
    /// The start of a slot, in the documents' examples.
    fn example() -> Self {
        Self(DateTime::from_timestamp(1_795_111_440, 0).unwrap_or_default())
    }
}

impl Timestamp {
    fn text(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

impl ToJSON for Timestamp {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.text()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl ParseFromJSON for Timestamp {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            Some(Value::String(text)) => Self::parse_from_parameter(&text),
            other => Err(ParseError::expected_type(other.unwrap_or_default())),
        }
    }
}

impl ParseFromParameter for Timestamp {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        // `+` means a space in a query, and few clients know: 18:00:00+00:00 arrives as 18:00:00 00:00.
        let text = match text.rsplit_once(' ') {
            Some((time, zone)) if time.contains('T') => format!("{time}+{zone}"),
            _ => text.to_owned(),
        };
        match DateTime::parse_from_rfc3339(&text) {
            // chrono counts on within second 59, and then nothing adds up to whole minutes.
            Ok(time) if time.nanosecond() >= NANOSECONDS => {
                Err(ParseError::custom("a leap second has no place here: 59 or the next minute"))
            }
            Ok(time) if YEARS.contains(&time.to_utc().year()) => {
                Ok(Self(time.to_utc().trunc_subsecs(DIGITS)))
            }
            Ok(_) => Err(ParseError::custom("a time in the years 1970 to 9999 is needed")),
            Err(_) => Err(ParseError::custom("a time such as 2026-11-19T18:00:00Z is needed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        let time = Timestamp::parse_from_parameter(text).ok()?;
        time.to_json().and_then(|json| json.as_str().map(str::to_owned))
    }

    #[test]
    fn any_zone_becomes_utc() {
        assert_eq!(parsed("2026-11-19T19:00:00+01:00").as_deref(), Some("2026-11-19T18:00:00Z"));
    }

    #[test]
    fn a_plus_that_became_a_space_is_understood() {
        assert_eq!(parsed("2026-11-19T18:00:00 00:00").as_deref(), Some("2026-11-19T18:00:00Z"));
    }

    #[test]
    fn fractions_are_cut_off_after_the_microseconds() {
        let time = "2026-11-19T18:00:00.123456Z";
        assert_eq!(parsed(time).as_deref(), Some(time));
        assert_eq!(parsed("2026-11-19T18:00:00.123456999Z").as_deref(), Some(time));
        assert_eq!(parsed("2026-11-19T18:00:00.0000009Z").as_deref(), Some("2026-11-19T18:00:00Z"));
    }

    #[test]
    fn a_leap_second_is_refused_in_so_many_words() {
        for text in ["2026-12-31T23:59:60Z", "2026-12-31T23:59:60.5Z", "2026-11-19T19:03:60+01:00"]
        {
            let error = Timestamp::parse_from_parameter(text).expect_err(text).into_message();
            assert!(error.contains("leap second"), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2026-11-19", "2026-02-30T00:00:00Z"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn years_in_which_nothing_can_have_been_measured_are_refused() {
        for text in ["0000-01-01T00:00:00Z", "1677-09-20T00:00:00Z", "1970-01-01T00:00:00+01:00"] {
            assert_eq!(parsed(text), None, "{text}");
        }
        for time in ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(parsed(time).as_deref(), Some(time));
        }
    }
}
