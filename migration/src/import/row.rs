//! A row of the source: what it means, and what may be wrong with it.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm_migration::sea_orm::sqlx::{self, Row, postgres::PgRow};

/// What a row says about its minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Judged<'a> {
    /// What the source calls a service or an application.
    pub(crate) dimension: &'a str,
    /// Where the source was.
    pub(crate) region: &'a str,
    /// Whether it worked.
    pub(crate) is_up: bool,
    /// How long it took, in microseconds.
    pub(crate) latency_us: Option<i32>,
}

/// A row that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Its key in the source.
    pub id: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What may be wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Its time is absent, before the provider was there, or in the future.
    Time(Option<String>),
    /// A name is absent or blank.
    Nameless(&'static str),
    /// A name is too long, or has a character that no name has.
    Name(&'static str),
    /// Its value is absent, or neither 0 nor 1.
    Value(Option<i64>),
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of the source: ", self.id)?;
        match &self.flaw {
            Flaw::Time(None) => write!(f, "it has no timestamp"),
            Flaw::Time(Some(time)) => write!(f, "its timestamp is {time}"),
            Flaw::Nameless(column) => write!(f, "its {column} is empty"),
            Flaw::Name(column) => write!(f, "its {column} is no name of at most {LONGEST} letters"),
            Flaw::Value(None) => write!(f, "it has no value"),
            Flaw::Value(Some(value)) => write!(f, "its value is {value}, neither 0 nor 1"),
        }
    }
}

/// 80 characters: three times as long as the longest name that the source ever wrote.
const LONGEST: usize = 80;

/// 1,800,000 ms: what the source wrote as the time of a failure.
const FAILED_MS: i64 = 1_800_000;

/// Reads a row: its time, and what it means or what is wrong with it. The columns are the time,
/// the dimension, the region, the value, the response time in milliseconds, and the key.
pub(crate) fn read(
    row: &PgRow,
) -> Result<(DateTime<Utc>, Result<Judged<'_>, BadRow>), sqlx::Error> {
    let columns = Columns {
        dimension: row.try_get(1)?,
        region: row.try_get(2)?,
        value: row.try_get(3)?,
        response_ms: row.try_get(4)?,
    };
    let judged = match columns.judged() {
        Ok(judged) => Ok(judged),
        Err(flaw) => Err(BadRow { id: row.try_get(5)?, flaw }),
    };
    Ok((row.try_get(0)?, judged))
}

struct Columns<'a> {
    dimension: Option<&'a str>,
    region: Option<&'a str>,
    value: Option<i64>,
    response_ms: Option<i64>,
}

impl<'a> Columns<'a> {
    fn judged(&self) -> Result<Judged<'a>, Flaw> {
        let dimension = name("dimension", self.dimension)?;
        let region = name("region", self.region)?;
        let is_up = match self.value {
            Some(1) => true,
            Some(0) => false,
            other => return Err(Flaw::Value(other)),
        };
        Ok(Judged { dimension, region, is_up, latency_us: self.latency_us() })
    }

    /// A clock that was set back made a time below zero, which says nothing.
    fn latency_us(&self) -> Option<i32> {
        let measured = self.response_ms.filter(|time| (0..FAILED_MS).contains(time))?;
        i32::try_from(measured * 1_000).ok()
    }
}

fn name<'a>(column: &'static str, text: Option<&'a str>) -> Result<&'a str, Flaw> {
    let text = text.filter(|text| !text.trim().is_empty()).ok_or(Flaw::Nameless(column))?;
    if text.chars().count() > LONGEST || text.contains(char::is_control) {
        return Err(Flaw::Name(column));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Columns<'_> = Columns {
        dimension: Some("SQS"),
        region: Some("us-east-1"),
        value: Some(1),
        response_ms: Some(12),
    };

    #[test]
    fn milliseconds_become_microseconds() {
        assert_eq!(GOOD.judged().unwrap().latency_us, Some(12_000));
        let longest = Columns { response_ms: Some(FAILED_MS - 1), ..GOOD };
        assert_eq!(longest.judged().unwrap().latency_us, Some(1_799_999_000));
    }

    #[test]
    fn the_mark_of_a_failure_is_no_latency() {
        for response_ms in [None, Some(FAILED_MS), Some(FAILED_MS + 1), Some(-5), Some(i64::MAX)] {
            let judged = Columns { response_ms, ..GOOD }.judged().unwrap();
            assert_eq!(judged.latency_us, None, "{response_ms:?}");
        }
    }

    #[test]
    fn a_value_other_than_0_and_1_means_nothing() {
        for value in [None, Some(2), Some(-1), Some(i64::MAX)] {
            assert_eq!(Columns { value, ..GOOD }.judged(), Err(Flaw::Value(value)));
        }
    }

    #[test]
    fn a_name_is_there_and_not_too_long() {
        let long = "x".repeat(81);
        for (text, flaw) in [
            (None, Flaw::Nameless("region")),
            (Some(" \t"), Flaw::Nameless("region")),
            (Some("us\neast"), Flaw::Name("region")),
            (Some(long.as_str()), Flaw::Name("region")),
        ] {
            assert_eq!(Columns { region: text, ..GOOD }.judged(), Err(flaw), "{text:?}");
        }
        let eighty = "ü".repeat(80);
        assert!(Columns { region: Some(&eighty), ..GOOD }.judged().is_ok());
    }
}
