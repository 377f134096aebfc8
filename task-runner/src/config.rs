//! The runner's configuration: every environment variable that it reads, in one place.

mod lists;

use std::{net::SocketAddr, num::NonZeroU16, path::PathBuf, time::Duration};

use model::{DatabaseUrl, Retention};
use serve::{
    configuration::{Problems, Secret, Variables},
    listen,
    logging::Logging,
};
use url::Url;

/// What the runner is told by its environment.
#[derive(Clone, Debug)]
pub struct Config {
    /// `RUNNER_LISTEN`, `PORT`.
    pub listen: SocketAddr,
    /// `LOG_FORMAT`, `RUST_LOG`.
    pub logging: Logging,
    /// `DATABASE_URL`.
    pub database_url: DatabaseUrl,
    /// `TM_JOURNAL_DIR`: where rounds wait for a database that is away.
    pub journal: PathBuf,
    /// `TM_TRIGGER_TOKEN`: what triggers must show.
    pub trigger_token: Option<Secret>,
    /// `TM_REGION`: the region that is judged.
    pub region: String,
    /// `TM_ROUND_DEADLINE`: how long a round may take.
    pub round_deadline: Duration,
    /// `TM_STEP_DEADLINE`: how long one step may take.
    pub step_deadline: Duration,
    /// `RETENTION_MEASUREMENTS_DAYS`, `RETENTION_OBSERVATIONS_DAYS`.
    pub retention: Retention,
    /// `TM_NAME_SERVERS`: who is asked for addresses; none means the system's.
    pub name_servers: Vec<SocketAddr>,
    /// What is probed.
    pub targets: Targets,
}

/// What is probed, and how to get at it.
#[derive(Clone, Debug)]
pub struct Targets {
    /// `TM_VOTING_API_URL`.
    pub voting_api: Option<Url>,
    /// `TM_SQS_SLEEP`: how long a posted vote may take to become readable.
    pub vote_patience: Duration,
    /// `TM_SHADES_URL`.
    pub shades: Option<Url>,
    /// `TM_BEZZOS_QUOTES_URL`.
    pub quotes: Option<Url>,
    /// `TM_S3_FILE_URL`.
    pub beacon: Option<Url>,
    /// `TM_S3_FILE_SHA256`: the beacon's content; without it, its ETag must be its MD5.
    pub beacon_sha256: Option<Sha256>,
    /// `TM_VOTING_EC2_INSTANCE_ID`.
    pub instance: Option<String>,
    /// `TM_LAMBDA_FUNCTION`.
    pub function: String,
    /// `TM_SQS_QUEUE`: the monitor's own queue.
    pub queue: String,
    /// `TM_DYNAMODB_TABLE`: the monitor's own table.
    pub table: String,
    /// `TM_S3_BUCKET`: the monitor's own bucket.
    pub bucket: Option<String>,
    /// `TM_CONTROL_URLS`: what does not depend on the cloud that is judged.
    pub control: Vec<Url>,
    /// `TM_AWS_ACCESS_KEY_ID` and `TM_AWS_SECRET_ACCESS_KEY`; else the SDK's own chain.
    pub access_key: Option<AccessKey>,
    /// `TM_…_ENDPOINT_URL`.
    pub endpoints: Endpoints,
}

/// The credentials of the direct calls.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The public half.
    pub id: String,
    /// The secret half.
    pub secret: Secret,
}

/// Where each service's own API is; the provider's address when absent.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// `TM_EC2_ENDPOINT_URL`.
    pub ec2: Option<Url>,
    /// `TM_DYNAMODB_ENDPOINT_URL`.
    pub dynamodb: Option<Url>,
    /// `TM_LAMBDA_ENDPOINT_URL`.
    pub lambda: Option<Url>,
    /// `TM_AWS_SQS_ENDPOINT_URL`.
    pub sqs: Option<Url>,
    /// `TM_IAM_ENDPOINT_URL`.
    pub iam: Option<Url>,
    /// `TM_S3_ENDPOINT_URL`.
    pub s3: Option<Url>,
}

/// A SHA-256 digest, read from hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha256(pub [u8; 32]);

impl std::str::FromStr for Sha256 {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut digest = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(());
        }
        for (position, byte) in digest.iter_mut().enumerate() {
            let pair = &text[2 * position..2 * position + 2];
            *byte = u8::from_str_radix(pair, 16).map_err(|_| ())?;
        }
        Ok(Self(digest))
    }
}

/// An http or https address.
struct HttpUrl(Url);

impl std::str::FromStr for HttpUrl {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let url: Url = text.parse().map_err(|_| ())?;
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host();
        usable.then_some(Self(url)).ok_or(())
    }
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    /// [`Problems`] names everything that is missing or malformed.
    pub fn read(mut variables: Variables) -> Result<Self, Problems> {
        let default = SocketAddr::from(([127, 0, 0, 1], 8001));
        let listen = listen::address(&mut variables, "RUNNER_LISTEN", default);
        let logging = Logging::read(&mut variables);
        let database_url = variables.sensitive_or("DATABASE_URL", model::database::DEFAULT_URL);
        let journal = variables.text("TM_JOURNAL_DIR").unwrap_or_else(|| "data/journal".into());
        let region: Option<Region> = variables.required("TM_REGION", "a region such as us-east-1");
        let round_deadline = positive_seconds(&mut variables, "TM_ROUND_DEADLINE", 30);
        let step_deadline = positive_seconds(&mut variables, "TM_STEP_DEADLINE", 10);
        let trigger_token = variables.secret("TM_TRIGGER_TOKEN");
        let retention = retention(&mut variables);
        let name_servers = lists::name_servers(&mut variables);
        let targets = Targets::read(&mut variables);
        variables.finish(|| {
            Some(Self {
                listen,
                logging,
                database_url: database_url?,
                journal: journal.into(),
                trigger_token,
                region: region?.0,
                round_deadline,
                step_deadline,
                retention,
                name_servers,
                targets,
            })
        })
    }
}

impl Targets {
    fn read(variables: &mut Variables) -> Self {
        let or = |text: Option<String>, default: &str| text.unwrap_or_else(|| default.to_owned());
        Self {
            voting_api: url(variables, "TM_VOTING_API_URL"),
            vote_patience: positive_seconds(variables, "TM_SQS_SLEEP", 10),
            shades: url(variables, "TM_SHADES_URL"),
            quotes: url(variables, "TM_BEZZOS_QUOTES_URL"),
            beacon: url(variables, "TM_S3_FILE_URL"),
            beacon_sha256: variables.parsed("TM_S3_FILE_SHA256", "64 hexadecimal digits"),
            instance: variables.text("TM_VOTING_EC2_INSTANCE_ID"),
            function: or(variables.text("TM_LAMBDA_FUNCTION"), "shade-generator"),
            queue: or(variables.text("TM_SQS_QUEUE"), "cloud-monitor"),
            table: or(variables.text("TM_DYNAMODB_TABLE"), "cloud-monitor"),
            bucket: variables.text("TM_S3_BUCKET"),
            control: lists::control_urls(variables),
            access_key: access_key(variables),
            endpoints: Endpoints {
                ec2: url(variables, "TM_EC2_ENDPOINT_URL"),
                dynamodb: url(variables, "TM_DYNAMODB_ENDPOINT_URL"),
                lambda: url(variables, "TM_LAMBDA_ENDPOINT_URL"),
                sqs: url(variables, "TM_AWS_SQS_ENDPOINT_URL"),
                iam: url(variables, "TM_IAM_ENDPOINT_URL"),
                s3: url(variables, "TM_S3_ENDPOINT_URL"),
            },
        }
    }
}

/// How long rows are kept, in whole days.
fn retention(variables: &mut Variables) -> Retention {
    let kept = Retention::default();
    let mut days = |name: &str, default: u16| {
        let days = variables.parsed::<NonZeroU16>(name, "a number of days from 1 to 65535");
        days.map_or(default, NonZeroU16::get)
    };
    Retention {
        measurements_days: days("RETENTION_MEASUREMENTS_DAYS", kept.measurements_days),
        observations_days: days("RETENTION_OBSERVATIONS_DAYS", kept.observations_days),
    }
}

/// A region's name: what the store, the signature and addresses can hold.
struct Region(String);

impl std::str::FromStr for Region {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let usable = text.len() <= 32 && text.chars().all(plain) && text != model::region::GLOBAL;
        usable.then(|| Self(text.to_owned())).ok_or(())
    }
}

fn url(variables: &mut Variables, name: &str) -> Option<Url> {
    let HttpUrl(url) = variables.parsed(name, "an http:// or https:// address")?;
    if url.username().is_empty() && url.password().is_none() {
        return Some(url);
    }
    // Addresses are logged, and what a target must be shown is never in them.
    variables.problem(format!("{name}: the address must not contain a user or a password"));
    None
}

fn positive_seconds(variables: &mut Variables, name: &str, default: u64) -> Duration {
    let value = variables.seconds(name, Duration::from_secs(default));
    if value.is_zero() {
        variables.problem(format!("{name}: 0 leaves no time at all"));
    }
    value
}

/// Both halves of the key, or none.
fn access_key(variables: &mut Variables) -> Option<AccessKey> {
    let id = variables.text("TM_AWS_ACCESS_KEY_ID");
    let secret = variables.secret("TM_AWS_SECRET_ACCESS_KEY");
    match (id, secret) {
        (Some(id), Some(secret)) => Some(AccessKey { id, secret }),
        (None, None) => None,
        (Some(_), None) => {
            variables.problem("TM_AWS_SECRET_ACCESS_KEY is missing beside TM_AWS_ACCESS_KEY_ID");
            None
        }
        (None, Some(_)) => {
            variables.problem("TM_AWS_ACCESS_KEY_ID is missing beside TM_AWS_SECRET_ACCESS_KEY");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_all_that_must_be_there() {
        let config = Config::read(Variables::of(&[("TM_REGION", "us-east-1")])).unwrap();
        assert_eq!(config.region, "us-east-1");
        assert_eq!(config.targets.vote_patience, Duration::from_secs(10));
        assert!(config.targets.voting_api.is_none());
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let problems = Config::read(Variables::of(&[
            ("DATABASE_URL", "mysql://secret@db"),
            ("TM_SQS_SLEEP", "soon"),
            ("TM_VOTING_API_URL", "ftp://voting"),
            ("TM_AWS_ACCESS_KEY_ID", "AKIA"),
        ]))
        .unwrap_err()
        .to_string();
        for name in
            ["DATABASE_URL", "TM_REGION", "TM_SQS_SLEEP", "TM_VOTING_API_URL", "SECRET_ACCESS_KEY"]
        {
            assert!(problems.contains(name), "{name} in {problems}");
        }
        assert!(!problems.contains("secret@"), "{problems}");
    }

    #[test]
    fn a_secret_is_not_printed() {
        let config = Config::read(Variables::of(&[
            ("TM_REGION", "us-east-1"),
            ("TM_AWS_ACCESS_KEY_ID", "AKIA"),
            ("TM_AWS_SECRET_ACCESS_KEY", "hush-hush"),
            ("TM_TRIGGER_TOKEN", "hush-hush"),
        ]))
        .unwrap();
        assert!(!format!("{config:?}").contains("hush-hush"));
    }
}
