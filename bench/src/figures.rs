//! What was measured, as a table beside the limits.

use std::time::Duration;

/// Everything measured in this run.
#[derive(Default)]
pub(crate) struct Figures(Vec<Row>);

struct Row {
    what: String,
    measured: String,
    limit: String,
    within: Option<bool>,
}

impl Figures {
    /// A time that must not be longer than its limit.
    pub(crate) fn at_most(&mut self, what: &str, measured: Duration, limit: Duration) {
        self.push(
            what,
            milliseconds(measured),
            format!("≤ {}", milliseconds(limit)),
            Some(measured <= limit),
        );
    }

    /// A number that must not be larger than its limit.
    pub(crate) fn number_at_most(&mut self, what: &str, measured: f64, limit: f64, unit: &str) {
        let shown = format!("{measured:.2} {unit}");
        self.push(what, shown, format!("≤ {limit} {unit}"), Some(measured <= limit));
    }

    /// A number that must not be smaller than its limit.
    pub(crate) fn number_at_least(&mut self, what: &str, measured: f64, limit: f64, unit: &str) {
        let shown = format!("{measured:.2} {unit}");
        self.push(what, shown, format!("≥ {limit} {unit}"), Some(measured >= limit));
    }

    /// Something to compare with, which has no limit.
    pub(crate) fn note(&mut self, what: &str, measured: impl Into<String>) {
        self.push(what, measured.into(), "—".into(), None);
    }

    fn push(&mut self, what: &str, measured: String, limit: String, within: Option<bool>) {
        self.0.push(Row { what: what.to_owned(), measured, limit, within });
    }

    /// Prints the table.
    #[expect(clippy::print_stdout, reason = "the answer of a command-line tool")]
    pub(crate) fn print(&self) {
        println!("| what | measured | limit | |\n| --- | --- | --- | --- |");
        for Row { what, measured, limit, within } in &self.0 {
            let verdict = match within {
                Some(true) => "within",
                Some(false) => "**over**",
                None => "",
            };
            println!("| {what} | {measured} | {limit} | {verdict} |");
        }
    }
}

/// A duration in the unit that people compare in.
pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

/// The value below which a share of the sorted values lies.
pub(crate) fn quantile(values: &mut [Duration], share: f64) -> Duration {
    values.sort_unstable();
    let last = values.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a position within a list of some thousands"
    )]
    let position = (last as f64 * share).round() as usize;
    values.get(position).copied().unwrap_or_default()
}
