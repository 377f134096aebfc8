//! Environment variables, read so that everything that is wrong is reported at once.
//!
//! ```
//! use std::time::Duration;
//! use serve::configuration::Variables;
//!
//! let mut variables = Variables::of(&[("TM_REGION", "us-east-1"), ("TM_SQS_SLEEP", "abc")]);
//! let region: Option<String> = variables.required("TM_REGION", "a region");
//! let patience = variables.seconds("TM_SQS_SLEEP", Duration::from_secs(10));
//! let problems = variables.finish(|| Some((region?, patience))).unwrap_err();
//! assert_eq!(problems.to_string(), "configuration: TM_SQS_SLEEP: \"abc\" is not a number of seconds");
//! ```

use std::{
    collections::HashMap,
    env, fmt,
    io::{self, Write},
    process::ExitCode,
    str::FromStr,
    time::Duration,
};

use subtle::ConstantTimeEq;

/// 2, as for wrong arguments: a supervisor can tell a setting to fix from a crash to retry.
pub const EXIT_CODE: u8 = 2;

/// 60 characters of a malformed value are enough to recognise it.
const ECHOED: usize = 60;

/// The process environment, with a note of everything that could not be used.
///
/// A variable that is set to nothing counts as absent: that is how compose files and shells unset one.
#[derive(Debug)]
pub struct Variables {
    values: HashMap<String, String>,
    problems: Vec<String>,
}

impl Variables {
    /// The variables of this process. A value that is not UTF-8 counts as malformed.
    pub fn from_environment() -> Self {
        let values = env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        });
        Self { values: values.collect(), problems: Vec::new() }
    }

    /// The given variables; for tests.
    pub fn of(values: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { values: values.iter().map(own).collect(), problems: Vec::new() }
    }

    /// The text of a variable, if it is set.
    pub fn text(&self, name: &str) -> Option<String> {
        self.values
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// A variable that may be absent. `expected` completes the sentence "… is not".
    pub fn parsed<T: FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        let text = self.text(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            let shown: String = text.chars().take(ECHOED).collect();
            self.problem(format!("{name}: {shown:?} is not {expected}"));
        }
        value
    }

    /// A variable that must be there.
    pub fn required<T: FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        if self.text(name).is_none() {
            self.problem(format!("{name} is missing"));
        }
        self.parsed(name, expected)
    }

    /// A duration in seconds, fractions allowed; `default` when absent.
    pub fn seconds(&mut self, name: &str, default: Duration) -> Duration {
        self.parsed::<Seconds>(name, "a number of seconds").map_or(default, |seconds| seconds.0)
    }

    /// A variable whose value may hold a password: it is not echoed, and the error of `T` completes
    /// the sentence that its name begins.
    pub fn sensitive_or<T>(&mut self, name: &str, default: &str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let text = self.text(name).unwrap_or_else(|| default.to_owned());
        self.sensitive_value(name, &text)
    }

    /// The same, of a variable that may be absent.
    pub fn sensitive<T>(&mut self, name: &str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let text = self.text(name)?;
        self.sensitive_value(name, &text)
    }

    fn sensitive_value<T>(&mut self, name: &str, text: &str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        text.parse().map_err(|error| self.problem(format!("{name} {error}"))).ok()
    }

    /// A secret that may be absent.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret)
    }

    /// Notes a problem that only the caller can see, such as two variables that contradict each other.
    pub fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// Ends the reading: the configuration, or everything that is wrong with it.
    ///
    /// `build` returns `None` only where a required variable was not there, which is then a problem already.
    ///
    /// # Errors
    /// [`Problems`], when there was at least one.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Problems> {
        match build() {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(Problems(self.problems)),
        }
    }
}

/// Everything that is wrong with the configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Prints the problems on one line of standard error and returns the exit code, 2.
    pub fn report(&self) -> ExitCode {
        // Without standard error there is nowhere to complain; the exit code still tells.
        let _ = writeln!(io::stderr(), "{self}");
        ExitCode::from(EXIT_CODE)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "configuration: {}", self.0.join("; "))
    }
}

impl std::error::Error for Problems {}

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `candidate` is this secret, in a time that does not tell how much of it was right.
    pub fn matches(&self, candidate: &str) -> bool {
        self.0.as_bytes().ct_eq(candidate.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

/// 100 years: a clock can still be set that far ahead, and not much further.
const LONGEST: f64 = 100.0 * 365.0 * 86_400.0;

struct Seconds(Duration);

impl FromStr for Seconds {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let seconds: f64 = text.parse().map_err(|_| ())?;
        if seconds > LONGEST {
            return Err(());
        }
        Duration::try_from_secs_f64(seconds).map(Self).map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_reported_at_once() {
        let mut variables = Variables::of(&[("TM_SQS_SLEEP", "abc"), ("PORT", "99999")]);
        let region: Option<String> = variables.required("TM_REGION", "a region");
        variables.seconds("TM_SQS_SLEEP", Duration::ZERO);
        variables.parsed::<u16>("PORT", "a port number");
        assert_eq!(
            variables.finish(|| region).unwrap_err().to_string(),
            "configuration: TM_REGION is missing; TM_SQS_SLEEP: \"abc\" is not a number of seconds; \
             PORT: \"99999\" is not a port number"
        );
    }

    #[test]
    fn an_empty_variable_is_absent() {
        let mut variables = Variables::of(&[("PORT", ""), ("TM_REGION", " ")]);
        assert_eq!(variables.parsed::<u16>("PORT", "a port number"), None);
        assert_eq!(variables.required::<String>("TM_REGION", "a region"), None);
        let problems = variables.finish(|| Some(())).unwrap_err();
        assert_eq!(problems.to_string(), "configuration: TM_REGION is missing");
    }

    #[test]
    fn seconds_may_have_fractions_but_not_a_sign() {
        let mut variables = Variables::of(&[("A", "1.5"), ("B", "-1"), ("C", "inf")]);
        assert_eq!(variables.seconds("A", Duration::ZERO), Duration::from_millis(1500));
        variables.seconds("B", Duration::ZERO);
        variables.seconds("C", Duration::ZERO);
        assert_eq!(variables.problems.len(), 2);
    }

    #[test]
    fn more_seconds_than_a_clock_can_count_are_refused() {
        let mut variables = Variables::of(&[("A", "1e19"), ("B", "86400")]);
        variables.seconds("A", Duration::ZERO);
        assert_eq!(variables.seconds("B", Duration::ZERO), Duration::from_secs(86_400));
        assert_eq!(variables.problems.len(), 1);
    }

    #[test]
    fn a_sensitive_value_is_not_echoed() {
        let mut variables = Variables::of(&[("DATABASE_URL", "hunter2")]);
        let number: Option<u8> = variables.sensitive_or("DATABASE_URL", "1");
        let problems = variables.finish(|| number).unwrap_err();
        assert_eq!(
            problems.to_string(),
            "configuration: DATABASE_URL invalid digit found in string"
        );
    }

    #[test]
    fn a_secret_is_compared_but_never_printed() {
        let variables = Variables::of(&[("TM_TRIGGER_TOKEN", "open sesame")]);
        let secret = variables.secret("TM_TRIGGER_TOKEN").expect("a secret");
        assert!(secret.matches("open sesame"));
        assert!(!secret.matches("open"));
        assert_eq!(format!("{secret:?}"), "[hidden]");
    }
}
