//! Events on standard error, as text or as JSON lines.

use std::{io, str::FromStr};

use tracing_subscriber::{
    EnvFilter, layer::SubscriberExt, util::SubscriberInitExt, util::TryInitError,
};

use crate::configuration::Variables;

/// INFO for ourselves; the libraries below speak of every statement and connection at INFO.
const DEFAULT_FILTER: &str =
    "info,sqlx=warn,hyper=warn,hyper_util=warn,sea_orm=warn,sea_orm_migration=warn";

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One readable line per event.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl FromStr for Format {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

/// The settings of the log: `LOG_FORMAT` and `RUST_LOG`.
#[derive(Clone, Debug)]
pub struct Logging {
    format: Format,
    filter: String,
}

impl Logging {
    /// Reads `LOG_FORMAT` (`text` or `json`) and `RUST_LOG` (filter directives).
    pub fn read(variables: &mut Variables) -> Self {
        let format = variables.parsed("LOG_FORMAT", "text or json").unwrap_or_default();
        let filter: Option<Directives> =
            variables.parsed("RUST_LOG", "a list of filter directives");
        Self { format, filter: filter.map_or_else(|| DEFAULT_FILTER.to_owned(), |filter| filter.0) }
    }

    /// Starts to write events. A process does this once.
    ///
    /// # Errors
    /// When the process already has a subscriber.
    pub fn start(&self) -> Result<(), TryInitError> {
        let registry = tracing_subscriber::registry().with(EnvFilter::new(&self.filter));
        let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
        match self.format {
            Format::Text => {
                let terminal = io::IsTerminal::is_terminal(&io::stderr());
                registry.with(layer.with_ansi(terminal).with_target(false)).try_init()
            }
            Format::Json => registry.with(layer.json().flatten_event(true)).try_init(),
        }
    }
}

/// Filter directives that are known to parse; the filter itself cannot be cloned.
struct Directives(String);

impl FromStr for Directives {
    type Err = tracing_subscriber::filter::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        EnvFilter::builder().parse(text)?;
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_settings_are_named() {
        let mut variables = Variables::of(&[("LOG_FORMAT", "xml"), ("RUST_LOG", "api=loud")]);
        Logging::read(&mut variables);
        let problems = variables.finish(|| Some(())).expect_err("two problems").to_string();
        assert!(problems.contains("LOG_FORMAT: \"xml\" is not text or json"), "{problems}");
        assert!(problems.contains("RUST_LOG: \"api=loud\""), "{problems}");
    }
}
