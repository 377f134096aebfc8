//! The settings, all from the environment.

use std::net::SocketAddr;

use serve::{
    configuration::{Problems, Variables},
    listen,
    logging::Logging,
};

/// Where to listen and how to log.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `QUOTES_LISTEN`, or `PORT` for every interface.
    pub(crate) listen: SocketAddr,
    /// The log.
    pub(crate) logging: Logging,
}

impl Settings {
    /// Reads the settings, or names everything that is wrong with them.
    pub(crate) fn read(mut variables: Variables) -> Result<Self, Problems> {
        let default = SocketAddr::from(([127, 0, 0, 1], 8011));
        let listen = listen::address(&mut variables, "QUOTES_LISTEN", default);
        let logging = Logging::read(&mut variables);
        variables.finish(|| Some(Self { listen, logging }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let variables = Variables::of(&[("QUOTES_LISTEN", "here"), ("LOG_FORMAT", "xml")]);
        let problems = Settings::read(variables).expect_err("two problems").to_string();
        assert!(
            problems.contains("QUOTES_LISTEN") && problems.contains("LOG_FORMAT"),
            "{problems}"
        );
    }
}
