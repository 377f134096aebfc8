//! How far an import is, how fast, and how long it will take: lines on standard error.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use super::report::{Survey, grouped};

/// 2 s between two lines.
const SHOW_EVERY: Duration = Duration::from_secs(2);

/// Shows a line from time to time.
pub(crate) struct Pace {
    wanted: i64,
    read_before: i64,
    started: Instant,
    shown: Instant,
}

impl Pace {
    /// Of an import that reads `wanted` rows, after those that were read before.
    pub(crate) fn starting(wanted: i64, read_before: i64) -> Self {
        let now = Instant::now();
        Self { wanted, read_before, started: now, shown: now }
    }

    /// Shows a line, if it is time to, or the end.
    pub(crate) fn show(&mut self, read_in_all: i64) -> io::Result<()> {
        let read = read_in_all - self.read_before;
        if self.shown.elapsed() < SHOW_EVERY && read < self.wanted {
            return Ok(());
        }
        self.shown = Instant::now();
        say(&line(read, self.wanted, self.started.elapsed()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "some hundreds of millions of rows")]
fn line(read: i64, wanted: i64, taken: Duration) -> String {
    let rate = read as f64 / taken.as_secs_f64().max(0.001);
    let left = (wanted - read) as f64 / rate.max(1.0);
    let left = Duration::try_from_secs_f64(left).unwrap_or_default();
    let (minutes, seconds) = (left.as_secs() / 60, left.as_secs() % 60);
    #[expect(clippy::cast_possible_truncation, reason = "rows a second")]
    let rate = grouped(rate as i64);
    let (read, wanted) = (grouped(read), grouped(wanted));
    format!("{read} of {wanted} rows, {rate} a second, {minutes}:{seconds:02} left")
}

/// Says what is about to be read, and how.
pub(crate) fn announce(survey: &Survey, sorts: bool) -> io::Result<()> {
    say(&format!("{} of {} rows are to be read", grouped(survey.wanted), grouped(survey.total)))?;
    if sorts && survey.wanted > 1_000_000 {
        say(
            "the source sorts them first, in its temporary space: it has no index for their order",
        )?;
    }
    Ok(())
}

/// Writes a line to standard error.
pub(crate) fn say(line: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_rows_rate_and_time_left() {
        let shown = line(1_200_000, 2_000_000, Duration::from_secs(10));
        assert_eq!(shown, "1,200,000 of 2,000,000 rows, 120,000 a second, 0:06 left");
        let end = line(0, 0, Duration::ZERO);
        assert_eq!(end, "0 of 0 rows, 0 a second, 0:00 left");
    }
}
