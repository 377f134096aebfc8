//! A monitor: the real task runner and the real API over a database of their own.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{World, call, child::Program};
use crate::{error::Error, fault::Target, pace::Deadlines, scenario::Scenario};

/// The most that the API answers at once.
const PAGE: usize = 1000;

/// The bucket of the monitor's own, where the cloud names none.
const BUCKET: &str = "cloud-monitor-drill";

/// The running programs. They end when this is dropped.
pub struct Monitor {
    runner_url: String,
    api_url: String,
    client: reqwest::Client,
    runner: Program,
    api: Program,
}

impl Monitor {
    pub(super) async fn start(world: &World, scenario: &Scenario) -> Result<Self, Error> {
        // It goes with the world's own folder, or is kept with it.
        let folder = tempfile::Builder::new()
            .prefix(&format!("{}-", scenario.id))
            .disable_cleanup(true)
            .tempdir_in(world.folder.path())
            .map_err(Error::local("cannot make a folder"))?;
        let path = folder.path();
        let client = call::client()?;
        let variables = variables(world, scenario, path);
        // Whatever comes of it shows in the probe that needs it: it may have the bucket already.
        let bucket = format!("{}/{BUCKET}", world.cloud_url());
        let _ = client.put(bucket).send().await;
        let arguments: &[&str] = if world.database_url.is_some() { &["fresh"] } else { &["up"] };
        Program::start("migration", arguments, &variables, path)?.done().await?;
        let mut runner = Program::start("task-runner", &[], &variables, path)?;
        let mut api = Program::start("api", &[], &variables, path)?;
        let (runner_url, api_url) = (runner.address().await?, api.address().await?);
        Ok(Self { runner_url, api_url, client, runner, api })
    }

    /// Runs the round of a slot.
    ///
    /// # Errors
    /// When it is not recorded.
    pub async fn trigger(&self, slot: DateTime<Utc>) -> Result<Value, Error> {
        let url = format!("{}/tasks", self.runner_url);
        let request =
            self.client.post(&url).header("X-CloudScheduler-ScheduleTime", slot.to_rfc3339());
        let run = call::json(request).await?;
        match run["recorded"] == true {
            true => Ok(run),
            false => Err(Error::Answer { call: url, problem: format!("not recorded: {run}") }),
        }
    }

    /// Runs one probe by itself and keeps nothing.
    ///
    /// # Errors
    /// When it is not run.
    pub async fn try_probe(&self, probe: &str) -> Result<Value, Error> {
        let url = format!("{}/tasks/{probe}?record=false", self.runner_url);
        call::json(self.client.post(url)).await
    }

    /// The registry of probes.
    ///
    /// # Errors
    /// When it is not answered.
    pub async fn probes(&self) -> Result<Value, Error> {
        call::json(self.client.get(format!("{}/probes", self.runner_url))).await
    }

    /// Every item of a list of the API's.
    ///
    /// # Errors
    /// When a page of it is not answered.
    pub async fn list(&self, name: &str) -> Result<Vec<Value>, Error> {
        let url = format!("{}/v1/{name}", self.api_url);
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut request = self.client.get(&url).query(&[("limit", PAGE)]);
            if let Some(cursor) = &cursor {
                request = request.query(&[("cursor", cursor)]);
            }
            let mut page = call::json(request).await?;
            // Some lists are named by what they hold.
            let field = if page[name].is_array() { name } else { "items" };
            if let Value::Array(more) = page[field].take() {
                items.extend(more);
            }
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(items),
            }
        }
    }

    /// Both programs still run.
    ///
    /// # Errors
    /// Says which has ended, and the end of its log.
    pub fn check(&mut self) -> Result<(), Error> {
        self.runner.check()?;
        self.api.check()
    }
}

impl World {
    fn cloud_url(&self) -> &str {
        self.cloud.variables.get("TM_IAM_ENDPOINT_URL").map_or("", String::as_str)
    }
}

/// What the programs are told: the cloud's variables, with every address that of the layer.
fn variables(world: &World, scenario: &Scenario, folder: &Path) -> Vec<(String, String)> {
    let known = &world.cloud.variables;
    let mut variables: Vec<(String, String)> = known
        .iter()
        .filter(|(name, _)| name.starts_with("TM_"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut set = |name: &str, value: String| {
        variables.retain(|(known, _)| known != name);
        variables.push((name.to_owned(), value));
    };
    let layer = &world.layer;
    let at = |target| layer.for_monitor(target);
    for (name, target) in [
        ("TM_DYNAMODB_ENDPOINT_URL", Target::Dynamodb),
        ("TM_AWS_SQS_ENDPOINT_URL", Target::Sqs),
        ("TM_EC2_ENDPOINT_URL", Target::Ec2),
        ("TM_IAM_ENDPOINT_URL", Target::Iam),
        ("TM_LAMBDA_ENDPOINT_URL", Target::Lambda),
        ("TM_S3_ENDPOINT_URL", Target::S3),
        ("TM_VOTING_API_URL", Target::VotingApp),
    ] {
        set(name, at(target));
    }
    for (name, target) in [
        ("TM_SHADES_URL", Target::Apigateway),
        ("TM_S3_FILE_URL", Target::S3),
        ("TM_BEZZOS_QUOTES_URL", Target::QuoteApp),
    ] {
        let path = known.get(name).map_or("", |url| path_of(url));
        set(name, format!("{}{path}", at(target)));
    }
    set("TM_CONTROL_URLS", format!("{}/", at(Target::Control)));
    set("TM_NAME_SERVERS", layer.resolver().to_string());
    set("TM_S3_BUCKET", BUCKET.into());
    set("TM_REGION", scenario.region.clone());
    let deadlines = Deadlines::of(scenario);
    for (name, value) in [
        ("TM_STEP_DEADLINE", deadlines.step),
        ("TM_ROUND_DEADLINE", deadlines.round),
        ("TM_SQS_SLEEP", deadlines.vote),
    ] {
        set(name, value.as_secs_f64().to_string());
    }
    let authority = world.folder.path().join("authority.pem");
    set("SSL_CERT_FILE", authority.display().to_string());
    set("TM_JOURNAL_DIR", folder.join("journal").display().to_string());
    let file = format!("sqlite://{}/drill.db", folder.display());
    set("DATABASE_URL", world.database_url.clone().unwrap_or(file));
    set("RUNNER_LISTEN", "127.0.0.1:0".into());
    set("API_LISTEN", "127.0.0.1:0".into());
    variables
}

/// `/quote` of `http://127.0.0.1:8011/quote`.
fn path_of(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    url[after..].find('/').map_or("", |at| &url[after + at..])
}
