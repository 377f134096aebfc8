//! The settings of both programs, all from the environment.

use std::net::SocketAddr;

use serve::{
    configuration::{Problems, Secret, Variables},
    listen,
    logging::Logging,
};
use url::Url;

/// Where the game lives; what both programs need.
#[derive(Clone, Debug)]
pub struct Place {
    /// `AWS_REGION`.
    pub region: String,
    /// `VOTING_TOPICS_TABLE`, `topics` by default.
    pub topics_table: String,
    /// `VOTING_VOTES_TABLE`, `votes` by default.
    pub votes_table: String,
    /// `VOTING_QUEUE_URL`.
    pub queue_url: String,
    /// `VOTING_DYNAMODB_ENDPOINT_URL`; absent: the provider's.
    pub dynamodb_endpoint: Option<String>,
    /// `VOTING_SQS_ENDPOINT_URL`; absent: the provider's.
    pub sqs_endpoint: Option<String>,
}

/// The settings of the API.
#[derive(Clone, Debug)]
pub struct Api {
    /// `VOTING_LISTEN`, or `PORT` for every interface.
    pub listen: SocketAddr,
    /// `VOTING_API_KEY`: who has it may make and change topics.
    pub api_key: Secret,
    /// The cloud's side.
    pub place: Place,
    /// The log.
    pub logging: Logging,
}

/// The settings of the worker.
#[derive(Clone, Debug)]
pub struct Worker {
    /// The cloud's side.
    pub place: Place,
    /// The log.
    pub logging: Logging,
}

impl Api {
    /// Reads the settings.
    ///
    /// # Errors
    /// Everything that is missing or malformed, at once.
    pub fn read(mut variables: Variables) -> Result<Self, Problems> {
        let default = SocketAddr::from(([127, 0, 0, 1], 8010));
        let listen = listen::address(&mut variables, "VOTING_LISTEN", default);
        let api_key = variables.secret("VOTING_API_KEY");
        if api_key.is_none() {
            variables.problem("VOTING_API_KEY is missing");
        }
        let place = Place::read(&mut variables);
        let logging = Logging::read(&mut variables);
        variables.finish(|| Some(Self { listen, api_key: api_key?, place: place?, logging }))
    }
}

impl Worker {
    /// Reads the settings.
    ///
    /// # Errors
    /// Everything that is missing or malformed, at once.
    pub fn read(mut variables: Variables) -> Result<Self, Problems> {
        let place = Place::read(&mut variables);
        let logging = Logging::read(&mut variables);
        variables.finish(|| Some(Self { place: place?, logging }))
    }
}

impl Place {
    fn read(variables: &mut Variables) -> Option<Self> {
        let region = variables.required("AWS_REGION", "a region such as us-east-1");
        let queue_url: Option<Url> = variables.required("VOTING_QUEUE_URL", "a URL");
        let mut endpoint = |name| variables.parsed::<Url>(name, "a URL").map(String::from);
        let dynamodb_endpoint = endpoint("VOTING_DYNAMODB_ENDPOINT_URL");
        let sqs_endpoint = endpoint("VOTING_SQS_ENDPOINT_URL");
        let table =
            |name, default: &str| variables.text(name).unwrap_or_else(|| default.to_owned());
        Some(Self {
            topics_table: table("VOTING_TOPICS_TABLE", "topics"),
            votes_table: table("VOTING_VOTES_TABLE", "votes"),
            region: region?,
            queue_url: queue_url?.into(),
            dynamodb_endpoint,
            sqs_endpoint,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let variables = Variables::of(&[
            ("VOTING_LISTEN", "here"),
            ("VOTING_QUEUE_URL", "votes"),
            ("VOTING_SQS_ENDPOINT_URL", "localhost"),
        ]);
        let problems = Api::read(variables).expect_err("five problems").to_string();
        for name in [
            "VOTING_LISTEN",
            "VOTING_QUEUE_URL",
            "VOTING_SQS_ENDPOINT_URL",
            "VOTING_API_KEY",
            "AWS_REGION",
        ] {
            assert!(problems.contains(name), "{name} is not in {problems}");
        }
    }

    #[test]
    fn a_region_a_queue_and_a_key_are_enough() {
        let variables = Variables::of(&[
            ("AWS_REGION", "us-east-1"),
            ("VOTING_API_KEY", "open sesame"),
            ("VOTING_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/000000000000/votes"),
        ]);
        let settings = Api::read(variables).expect("settings");
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8010");
        assert_eq!(settings.place.votes_table, "votes");
        assert_eq!(settings.place.sqs_endpoint, None);
        assert!(!format!("{settings:?}").contains("sesame"));
    }
}
