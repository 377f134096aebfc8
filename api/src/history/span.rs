//! The window that a request asks about: one that ends now, or one between two times.

use chrono::{DateTime, TimeDelta, Utc};
use model::{Window, slot};
use poem_openapi::Enum;
use serve::timestamp::Timestamp;

use crate::{error::ApiError, parameters::Span};

/// A window that ends with the newest slot that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename = "WindowLength")]
pub enum Preset {
    /// 24 hours.
    #[oai(rename = "24h")]
    Day,
    /// 7 days.
    #[oai(rename = "7d")]
    Week,
    /// 30 days.
    #[oai(rename = "30d")]
    Month,
    /// 90 days.
    #[oai(rename = "90d")]
    Quarter,
    /// 365 days.
    #[oai(rename = "1y")]
    Year,
}

impl Preset {
    /// The window of this length that ends now: of whole slots, so that it counts as many of them
    /// at every second.
    pub fn until(self, now: DateTime<Utc>) -> Window {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
            Self::Year => 365,
        };
        Window::before(slot::containing(now), TimeDelta::days(days))
    }
}

/// The parameters that say when.
#[derive(Debug)]
pub struct Asked {
    /// The length of a window that ends now.
    pub window: Option<Preset>,
    /// The first moment of another window.
    pub from: Option<Timestamp>,
    /// The first moment after it.
    pub to: Option<Timestamp>,
}

impl Asked {
    /// The window that is meant: the last 24 hours unless something else is asked for.
    ///
    /// # Errors
    /// [`ApiError::TwoWindows`], [`ApiError::OpenSpan`], [`ApiError::EmptySpan`].
    pub fn window(self, now: DateTime<Utc>) -> Result<Window, ApiError> {
        let Span { from, to } = Span::of(self.from, self.to)?;
        match (self.window, from, to) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Err(ApiError::TwoWindows),
            (None, None, Some(_)) => Err(ApiError::OpenSpan),
            (window, None, None) => Ok(window.unwrap_or(Preset::Day).until(now)),
            (None, Some(from), to) => Ok(Window { from, to: to.unwrap_or(slot::containing(now)) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        format!("2026-11-{text}Z").parse().expect("a time")
    }

    fn asked(window: Option<Preset>, from: Option<&str>, to: Option<&str>) -> Asked {
        let time = |text| Timestamp(time(text));
        Asked { window, from: from.map(time), to: to.map(time) }
    }

    #[test]
    fn a_day_has_1440_slots_at_every_second() {
        for now in ["19T18:30:00", "19T18:30:59"] {
            let window = asked(None, None, None).window(time(now)).expect("a window");
            assert_eq!(window.ended(time(now)), window, "{now}");
            assert_eq!(window.from, time("18T18:30:00"));
        }
    }

    #[test]
    fn a_window_without_an_end_ends_now() {
        let now = time("19T18:30:30");
        let window = asked(None, Some("10T00:00:00"), None).window(now).expect("a window");
        assert_eq!(window, Window { from: time("10T00:00:00"), to: time("19T18:30:00") });
    }

    #[test]
    fn what_could_mean_two_windows_is_refused() {
        let now = time("19T18:30:30");
        for (window, from, to) in [
            (Some(Preset::Week), Some("10T00:00:00"), None),
            (Some(Preset::Week), None, Some("10T00:00:00")),
            (None, None, Some("10T00:00:00")),
            (None, Some("10T00:00:00"), Some("10T00:00:00")),
            (None, Some("11T00:00:00"), Some("10T00:00:00")),
        ] {
            let asked = asked(window, from, to);
            assert!(asked.window(now).is_err(), "{window:?} {from:?} {to:?}");
        }
    }
}
