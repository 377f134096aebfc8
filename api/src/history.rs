//! What questions about history have in common: the window, the selection, the buckets.

use chrono::TimeDelta;
use model::{By, Selection, Width, Window, service::Kind, uptime::Question};
use poem_openapi::{Enum, Object};
use serde::Serialize;
use serve::timestamp::Timestamp;

use crate::parameters::Name;

mod span;

pub use span::{Asked, Preset};

/// How the answer is grouped.
#[derive(Clone, Copy, Debug, Default, Enum)]
#[oai(rename_all = "snake_case", rename = "Grouping")]
pub enum Grouping {
    /// An item for each service, over its regions.
    #[default]
    Service,
    /// An item for each region, over its services. `global` is one of the regions.
    Region,
    /// An item for each service in each region.
    Both,
}

/// How wide the parts are that the window is cut into. They start on the minute, on the hour, or at
/// midnight UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case", rename = "BucketWidth")]
#[serde(rename_all = "snake_case")]
pub enum Buckets {
    /// The window is not cut: totals only.
    None,
    /// One slot.
    Minute,
    /// Sixty slots.
    Hour,
    /// 1,440 slots.
    Day,
}

/// A span of time.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "HistoryWindow")]
pub struct Counted {
    /// The first moment that belongs to it.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

/// Which services of which regions a request asks about, and how the answer is grouped.
#[derive(Debug)]
pub struct Wanted {
    /// Of this region.
    pub region: Option<Name>,
    /// Besides, what is global.
    pub with_global: bool,
    /// This service or application.
    pub service: Option<Name>,
    /// Only services, or only applications.
    pub kind: Option<Kind>,
    /// How the answer is grouped.
    pub by: Grouping,
}

impl Wanted {
    /// The question about these in `window`, and the buckets that the answer shows.
    pub fn question(self, window: Window, buckets: Option<Buckets>) -> (Question, Buckets) {
        let buckets = buckets.unwrap_or_else(|| Buckets::fitting(window));
        let selection = Selection {
            region: self.region.map(|name| name.0),
            with_global: self.with_global,
            service: self.service.map(|name| name.0),
            kind: self.kind,
        };
        (Question { selection, window, by: self.by.into(), width: buckets.width() }, buckets)
    }
}

impl Buckets {
    /// Some dozens of buckets for windows of an hour to three months.
    pub fn fitting(window: Window) -> Self {
        let length = window.to - window.from;
        if length <= TimeDelta::hours(3) {
            Self::Minute
        } else if length <= TimeDelta::days(7) {
            Self::Hour
        } else {
            Self::Day
        }
    }

    fn width(self) -> Option<Width> {
        match self {
            Self::None => None,
            Self::Minute => Some(Width::Minute),
            Self::Hour => Some(Width::Hour),
            Self::Day => Some(Width::Day),
        }
    }
}

impl From<Grouping> for By {
    fn from(grouping: Grouping) -> Self {
        match grouping {
            Grouping::Service => Self::Service,
            Grouping::Region => Self::Region,
            Grouping::Both => Self::Both,
        }
    }
}

impl From<Window> for Counted {
    fn from(window: Window) -> Self {
        Self { from: Timestamp(window.from), to: Timestamp(window.to) }
    }
}
