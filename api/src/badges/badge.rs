//! What a badge says, and in which colour.

use model::{Counts, Status, latency::Percentiles};
use poem_openapi::{Object, types::Example};

use crate::history::Preset;

/// Half of the window: of less than that an uptime says little about the service.
const KNOWN_ENOUGH: f64 = 0.5;

/// 5 min: the least that shields.io takes.
const KEPT_SECONDS: i32 = 300;

/// What a badge says: a label on the left, a message on the right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Badge {
    pub(super) label: String,
    pub(super) message: String,
    pub(super) color: Color,
}

/// The colours of shields.io that we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Color {
    Brightgreen,
    Yellow,
    Orange,
    Red,
    Blue,
    /// Nothing is known.
    Lightgrey,
}

impl Color {
    /// Its name at shields.io.
    fn name(self) -> &'static str {
        match self {
            Self::Brightgreen => "brightgreen",
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
            Self::Blue => "blue",
            Self::Lightgrey => "lightgrey",
        }
    }

    /// Its value there.
    pub(super) fn value(self) -> &'static str {
        match self {
            Self::Brightgreen => "#4c1",
            Self::Yellow => "#dfb317",
            Self::Orange => "#fe7d37",
            Self::Red => "#e05d44",
            Self::Blue => "#007ec6",
            Self::Lightgrey => "#9f9f9f",
        }
    }
}

impl Badge {
    fn unknown(label: String) -> Self {
        Self { label, message: "unknown".into(), color: Color::Lightgrey }
    }

    /// Of what is not there.
    pub(super) fn not_found(label: String) -> Self {
        Self { label, message: "not found".into(), color: Color::Lightgrey }
    }

    pub(super) fn status(label: String, status: Status) -> Self {
        let (message, color) = match status {
            Status::Up => ("up", Color::Brightgreen),
            Status::Degraded => ("degraded", Color::Yellow),
            Status::Down => ("down", Color::Red),
            Status::Unknown => return Self::unknown(label),
        };
        Self { label, message: message.into(), color }
    }

    pub(super) fn uptime(label: String, counts: Counts, window: Preset) -> Self {
        let known_enough = counts.coverage().is_some_and(|coverage| coverage >= KNOWN_ENOUGH);
        if !known_enough || counts.judged() == 0 {
            return Self::unknown(label);
        }
        // In whole hundredths of a per cent, cut off: one bad slot in a year is not 100 %.
        let share = counts.good() * 10_000 / counts.judged();
        let color = match share {
            9_990.. => Color::Brightgreen,
            9_900.. => Color::Yellow,
            9_500.. => Color::Orange,
            _ => Color::Red,
        };
        let (whole, hundredths) = (share / 100, share % 100);
        let per_cent =
            if share == 10_000 { "100".into() } else { format!("{whole}.{hundredths:02}") };
        Self { label, message: format!("{per_cent}% in {}", words(window)), color }
    }

    pub(super) fn latency(label: String, found: Option<Percentiles>, window: Preset) -> Self {
        let Some(Percentiles { p95_us, .. }) = found else { return Self::unknown(label) };
        // Two digits of the histogram are true; no more are shown than a reader wants.
        let time = if p95_us < 10_000 {
            format!("{}.{} ms", p95_us / 1_000, p95_us % 1_000 / 100)
        } else if p95_us < 1_000_000 {
            format!("{} ms", p95_us / 1_000)
        } else {
            format!("{}.{} s", p95_us / 1_000_000, p95_us % 1_000_000 / 100_000)
        };
        Self { label, message: format!("p95 {time} in {}", words(window)), color: Color::Blue }
    }
}

fn words(window: Preset) -> &'static str {
    match window {
        Preset::Day => "24h",
        Preset::Week => "7d",
        Preset::Month => "30d",
        Preset::Quarter => "90d",
        Preset::Year => "1y",
    }
}

/// A badge as shields.io reads it: <https://shields.io/badges/endpoint-badge>.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", example)]
pub(super) struct Shield {
    /// Always 1.
    schema_version: i32,
    /// The left side: the service and its region.
    label: String,
    /// The right side.
    message: String,
    /// The right side's colour.
    color: String,
    /// Whether nothing is known; shields.io lets nobody choose another colour then.
    is_error: bool,
    /// How long shields.io keeps it, in seconds.
    cache_seconds: i32,
}

impl From<Badge> for Shield {
    fn from(Badge { label, message, color }: Badge) -> Self {
        let (is_error, color) = (color == Color::Lightgrey, color.name().to_owned());
        Self { schema_version: 1, label, message, color, is_error, cache_seconds: KEPT_SECONDS }
    }
}

impl Example for Shield {
    fn example() -> Self {
        Badge::status("DynamoDB us-east-1".into(), Status::Up).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uptime(up: i64, down: i64, expected: i64) -> (String, Color) {
        let counts = Counts { up, down, expected, ..Counts::default() };
        let badge = Badge::uptime("S3".into(), counts, Preset::Month);
        (badge.message, badge.color)
    }

    fn latency(p95_us: i64) -> String {
        let found = Percentiles { count: 9, p50_us: 1, p95_us, p99_us: p95_us };
        Badge::latency("S3".into(), Some(found), Preset::Day).message
    }

    #[test]
    fn an_uptime_is_never_rounded_up() {
        assert_eq!(uptime(99_999, 1, 100_000), ("99.99% in 30d".into(), Color::Brightgreen));
        assert_eq!(uptime(60, 0, 60), ("100% in 30d".into(), Color::Brightgreen));
        assert_eq!(uptime(995, 5, 1_000), ("99.50% in 30d".into(), Color::Yellow));
        assert_eq!(uptime(0, 60, 60), ("0.00% in 30d".into(), Color::Red));
    }

    #[test]
    fn an_uptime_of_which_little_is_known_is_unknown() {
        assert_eq!(uptime(50, 0, 100).0, "100% in 30d");
        for counts in [uptime(49, 0, 100), uptime(0, 0, 100), uptime(0, 0, 0)] {
            assert_eq!(counts, ("unknown".into(), Color::Lightgrey));
        }
    }

    #[test]
    fn a_latency_has_the_unit_that_suits_it() {
        assert_eq!(latency(950), "p95 0.9 ms in 24h");
        assert_eq!(latency(12_345), "p95 12 ms in 24h");
        assert_eq!(latency(2_345_678), "p95 2.3 s in 24h");
        assert_eq!(Badge::latency("S3".into(), None, Preset::Day).message, "unknown");
    }
}
