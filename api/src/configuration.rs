//! The API's settings, from the environment.

use std::{net::SocketAddr, time::Duration};

use model::{DatabaseUrl, database};
use serve::{
    configuration::{Problems, Variables},
    listen,
    logging::Logging,
};

use crate::{applications::Applications, cors::Cors, public_url::PublicUrl};

/// The variables, for `--help`.
pub const HELP: &str = "\
Environment:
  DATABASE_URL      sqlite://… or postgresql://…; default sqlite://data/cloud_monitor.db
  DATABASE_READ_URL a replica of it, which answers in its place; default none
  API_LISTEN        where to listen; default 127.0.0.1:8000
  PORT              listen on every interface at this port instead
  API_CORS_ORIGINS  origins whose pages may read the answers, comma-separated; default none
  API_PUBLIC_URL    where clients find this API, for links in feeds; default relative links
  API_APPLICATIONS  where readers can try the sample applications, as JSON; default none
  API_STALE_AFTER   seconds without a new measurement after which a status is unknown; default 180
  LOG_FORMAT        text or json; default text
  RUST_LOG          filter directives; default info";

/// 3 min: two slots may be missed before silence counts.
const STALE_AFTER: Duration = Duration::from_secs(180);

/// The API's settings.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Where the measurements are.
    pub database_url: DatabaseUrl,
    /// A replica, which answers in its place.
    pub replica_url: Option<DatabaseUrl>,
    /// Where to listen.
    pub address: SocketAddr,
    /// The origins whose pages may read the answers.
    pub cors: Cors,
    /// After how long without a new row a status is unknown.
    pub stale_after: Duration,
    /// What links begin with.
    pub public_url: PublicUrl,
    /// The sample applications that readers can try.
    pub applications: Applications,
    /// How to log.
    pub logging: Logging,
}

impl Configuration {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`Problems`], which names every variable that is malformed.
    pub fn read(mut variables: Variables) -> Result<Self, Problems> {
        let database_url = variables.sensitive_or("DATABASE_URL", database::DEFAULT_URL);
        let replica_url = variables.sensitive("DATABASE_READ_URL");
        let default = SocketAddr::from(([127, 0, 0, 1], 8000));
        let address = listen::address(&mut variables, "API_LISTEN", default);
        let origins = "a list of origins such as https://status.example.com";
        let cors = variables.parsed("API_CORS_ORIGINS", origins).unwrap_or_default();
        let stale_after = variables.seconds("API_STALE_AFTER", STALE_AFTER);
        let website = "a URL such as https://status.example.com";
        let public_url = variables.parsed("API_PUBLIC_URL", website).unwrap_or_default();
        let addresses = "JSON such as {\"us-east-1\": {\"voting_game\": \"https://…\"}}";
        let applications = variables.parsed("API_APPLICATIONS", addresses).unwrap_or_default();
        let logging = Logging::read(&mut variables);
        variables.finish(|| {
            let database_url = database_url?;
            Some(Self {
                database_url,
                replica_url,
                address,
                cors,
                stale_after,
                public_url,
                applications,
                logging,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_needs_to_be_set() {
        let configuration = Configuration::read(Variables::of(&[])).expect("a configuration");
        assert_eq!(configuration.address.to_string(), "127.0.0.1:8000");
        assert_eq!(configuration.stale_after, Duration::from_secs(180));
        assert_eq!(configuration.cors, Cors::default());
        assert_eq!(configuration.replica_url, None);
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let variables = [
            ("DATABASE_URL", "mysql://root:hunter2@db/monitor"),
            ("DATABASE_READ_URL", "mysql://root:hunter2@replica/monitor"),
            ("API_LISTEN", "here"),
            ("PORT", "eighty"),
            ("API_CORS_ORIGINS", "example.com"),
            ("API_STALE_AFTER", "soon"),
            ("API_PUBLIC_URL", "status.example.com"),
            ("API_APPLICATIONS", "everywhere"),
            ("LOG_FORMAT", "xml"),
        ];
        let problems = Configuration::read(Variables::of(&variables)).expect_err("problems");
        let line = problems.to_string();
        for (name, _) in variables {
            assert!(line.contains(name), "{name} in {line}");
        }
        assert!(!line.contains("hunter2"), "{line}");
    }
}
