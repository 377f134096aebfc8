//! An opaque place in a list, which a client hands back to get what follows.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike, Utc};
use serde::{Serialize, de::DeserializeOwned};

use crate::Error;

/// The longest cursor that is read at all; ours stay under 100 characters.
const LONGEST: usize = 256;

/// A place in one list. It says which list made it, so that another list refuses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor that a client sent; checked when a list opens it.
    pub fn from_client(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Makes the cursor of `list` that continues after `place`.
    pub(crate) fn after(list: &str, place: impl Serialize) -> Result<Self, Error> {
        let json = serde_json::to_vec(&(list, place)).map_err(|_| Error::Cursor)?;
        Ok(Self(BASE64_URL_SAFE_NO_PAD.encode(json)))
    }

    /// Reads the place in `list`.
    ///
    /// # Errors
    /// [`Error::Cursor`] for text that `list` never gave out.
    pub(crate) fn open<P: DeserializeOwned>(&self, list: &str) -> Result<P, Error> {
        if self.0.len() > LONGEST {
            return Err(Error::Cursor);
        }
        let json = BASE64_URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| Error::Cursor)?;
        let (made_by, place): (String, P) =
            serde_json::from_slice(&json).map_err(|_| Error::Cursor)?;
        if made_by == list { Ok(place) } else { Err(Error::Cursor) }
    }
}

/// The time in a cursor's place, if a row can have it: PostgreSQL knows no time before 4713 BC,
/// and no list gives out a year of other than four digits.
pub(crate) fn plausible(time: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    if (1..=9999).contains(&time.year()) { Ok(time) } else { Err(Error::Cursor) }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let cursor = Cursor::after("measurements", (7_i64, 3_i16)).unwrap();
        let place: (i64, i16) =
            Cursor::from_client(cursor.to_string()).open("measurements").unwrap();
        assert_eq!(place, (7, 3));
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let cursor = Cursor::after("observations", 7_i64).unwrap();
        assert!(matches!(cursor.open::<i64>("measurements"), Err(Error::Cursor)));
    }

    #[test]
    fn a_forged_cursor_is_refused() {
        for text in ["", "x", "AAAA", "=====", &"A".repeat(10_000)] {
            assert!(matches!(Cursor::from_client(text).open::<i64>("runs"), Err(Error::Cursor)));
        }
    }
}
