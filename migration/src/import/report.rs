//! What became of every row of the source.

use std::fmt;

use model::import;

use super::Error;

/// What the source has, counted when the import began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survey {
    /// All of its rows.
    pub total: i64,
    /// Of minutes that earlier imports have read.
    pub earlier: i64,
    /// Of minutes that were not read yet.
    pub wanted: i64,
    /// Of minutes that are not over, and of the next hours.
    pub later: i64,
}

impl Survey {
    /// Rows without a time, or with one that cannot be.
    pub fn timeless(&self) -> i64 {
        self.total - self.earlier - self.wanted - self.later
    }
}

/// What became of every row of the source, with what earlier imports did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the source has.
    pub survey: Survey,
    /// Rows that were read this time.
    pub read: i64,
    /// Rows that were folded into measurements.
    pub folded: i64,
    /// Measurements that were made of them.
    pub measurements: i64,
    /// Rows whose measurement was there.
    pub there: i64,
    /// Rows that mean nothing.
    pub skipped: i64,
    /// Rows of minutes that had been read when they came, of which this import knows nothing.
    pub late: i64,
}

impl Report {
    /// Counts up what was done before and now.
    ///
    /// # Errors
    /// [`Error::Uncounted`].
    pub(crate) fn of(
        survey: Survey,
        before: &import::Model,
        after: import::Model,
    ) -> Result<Self, Error> {
        let read = after.read() - before.read();
        if read != survey.wanted {
            return Err(Error::Uncounted { read, counted: survey.wanted });
        }
        let import::Model { folded, there, skipped, measurements, .. } = after;
        let skipped = skipped + survey.timeless();
        let late = survey.earlier - before.read();
        Ok(Self { survey, read, folded, measurements, there, skipped, late })
    }

    /// What is known to have become of the source's rows: as many as it has.
    pub fn accounted(&self) -> i64 {
        self.folded + self.there + self.skipped + self.survey.later + self.late
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { survey, folded, measurements, there, skipped, late, .. } = self;
        let measurements = grouped(*measurements);
        let mut line = |rows: i64, what: &str| writeln!(f, "{:>15} {what}", grouped(rows));
        line(survey.total, "rows in the source, of which")?;
        line(*folded, &format!("were folded into {measurements} measurements"))?;
        line(*there, "belong to measurements that were there")?;
        line(*skipped, "mean nothing and were skipped")?;
        line(survey.later, "are of minutes that are not over: run it again for them")?;
        if *late > 0 {
            line(*late, "came when their minute had been read: run it with --again for them")?;
        } else if *late < 0 {
            line(-*late, "were read earlier and are not in the source any more")?;
        }
        line(self.accounted(), "in all")
    }
}

/// A number that can be read: `1,234,567`.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        let numbers = [0, 999, 1_000, -12_345, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "-12,345", "1,234,567"]);
    }

    #[test]
    fn a_row_that_is_missing_at_the_end_is_an_error() {
        let before = import::Model::new("source".into(), chrono::DateTime::UNIX_EPOCH);
        let after = import::Model { folded: 9, ..before.clone() };
        let survey = Survey { total: 10, earlier: 0, wanted: 10, later: 0 };
        let report = Report::of(survey, &before, after);
        assert!(matches!(report, Err(Error::Uncounted { read: 9, counted: 10 })), "{report:?}");
    }
}
