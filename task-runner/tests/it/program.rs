//! A runner in this process, behind a real socket.

use std::{
    net::SocketAddr,
    sync::{Arc, LazyLock},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use model::{Database, slot};
use serde_json::Value;
use serve::{configuration::Variables, server::Server};
use task_runner::{
    config::Config, http, journal::Journal, keeping::Keeper, net::Trust, registry::Probe,
    runner::Runner,
};
use tokio::task::JoinHandle;

use crate::databases::Store;

/// A running runner. It ends when it is dropped.
pub(crate) struct Program {
    pub(crate) runner: Arc<Runner>,
    pub(crate) address: SocketAddr,
    serving: JoinHandle<()>,
}

/// An answer: its status, type and JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) json: Value,
}

impl Program {
    /// A runner of the registry that writes to `store`, with these variables.
    pub(crate) async fn start(store: &Store, variables: &[(&str, String)]) -> Self {
        Self::of(runner(store, variables).await)
    }

    /// A runner that believes `trust`.
    pub(crate) async fn trusting(
        store: &Store,
        variables: &[(&str, String)],
        trust: Trust,
    ) -> Self {
        Self::of(runner(store, variables).await.trusting(trust))
    }

    /// A runner of these probes.
    pub(crate) async fn of_probes(
        store: &Store,
        variables: &[(&str, String)],
        probes: &'static [Probe],
    ) -> Self {
        Self::of(runner(store, variables).await.with_probes(probes))
    }

    fn of(runner: Runner) -> Self {
        let runner = Arc::new(runner);
        let listener = serve::listen::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::new(http::endpoint(runner.clone()));
        let serving = tokio::spawn(async move {
            server.run(listener, std::future::pending()).await.unwrap();
        });
        Self { runner, address, serving }
    }

    /// Triggers the round of `slot`.
    pub(crate) async fn trigger(&self, slot: DateTime<Utc>) -> Answer {
        trigger(self.address, slot).await
    }

    /// Sends a request without a body.
    pub(crate) async fn call(&self, method: &str, path: &str) -> Answer {
        send(request(self.address, method, path)).await
    }

    /// Runs one probe by itself and returns its steps: `"get_item: failed stale"`.
    pub(crate) async fn steps_of(&self, probe: &str) -> Vec<String> {
        let answer = self.call("POST", &format!("/tasks/{probe}?record=false")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        steps(&answer.json)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Triggers the round of `slot` at a runner anywhere.
pub(crate) async fn trigger(address: SocketAddr, slot: DateTime<Utc>) -> Answer {
    let scheduled = slot.to_rfc3339();
    send(request(address, "POST", "/tasks").header("X-CloudScheduler-ScheduleTime", scheduled))
        .await
}

pub(crate) fn request(address: SocketAddr, method: &str, path: &str) -> reqwest::RequestBuilder {
    let method = method.parse().unwrap();
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30));
    client.build().unwrap().request(method, format!("http://{address}{path}"))
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let content_type = response.headers().get("content-type");
    let content_type = content_type.map(|value| value.to_str().unwrap().to_owned());
    Answer {
        status: response.status().as_u16(),
        content_type: content_type.unwrap_or_default(),
        json: serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null),
    }
}

/// The steps of an answer, as `"get_item: failed stale"`, with `in processing` where a phase is
/// named.
pub(crate) fn steps(answer: &Value) -> Vec<String> {
    let observations = answer["observations"].as_array().unwrap();
    let word = |seen: &Value, name: &str, before: &str| {
        seen[name].as_str().map(|word| format!("{before}{word}")).unwrap_or_default()
    };
    let shown = |seen: &Value| {
        let (outcome, failure) = (word(seen, "outcome", ""), word(seen, "failure", " "));
        let phase = word(seen, "phase", " in ");
        format!("{}: {outcome}{failure}{phase}", word(seen, "step", ""))
    };
    observations.iter().map(shown).collect()
}

/// The status of a service in an answer.
pub(crate) fn status_of<'a>(answer: &'a Value, service: &str) -> &'a str {
    let measurements = answer["measurements"].as_array().unwrap();
    let judged = measurements.iter().find(|judged| judged["service"] == service);
    judged.and_then(|judged| judged["status"].as_str()).unwrap_or("not judged")
}

/// The slot `n` minutes after the one in which the tests began.
pub(crate) fn minute(n: i64) -> DateTime<Utc> {
    static BEGIN: LazyLock<DateTime<Utc>> = LazyLock::new(|| slot::containing(Utc::now()));
    *BEGIN + TimeDelta::minutes(n)
}

/// Every variable of a target, all at one URL.
pub(crate) fn all_at(url: &str) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("TM_VOTING_EC2_INSTANCE_ID", "i-0123456789abcdef0".to_owned()),
        ("TM_AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE".to_owned()),
        ("TM_AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG".to_owned()),
    ];
    let applications =
        ["TM_VOTING_API_URL", "TM_SHADES_URL", "TM_BEZZOS_QUOTES_URL", "TM_S3_FILE_URL"];
    variables.extend(applications.map(|name| (name, url.to_owned())));
    variables.extend(endpoints_at(url));
    variables
}

/// The rows of a round in which everything is refused: the first step of each of nine probes, and
/// EC2's second, three times; the seven that come after a first one, skipped.
pub(crate) const OF_A_REFUSED_ROUND: usize = 37;

/// The variables of the direct calls' endpoints, all at one URL.
pub(crate) fn endpoints_at(url: &str) -> [(&'static str, String); 5] {
    [
        "TM_EC2_ENDPOINT_URL",
        "TM_DYNAMODB_ENDPOINT_URL",
        "TM_LAMBDA_ENDPOINT_URL",
        "TM_AWS_SQS_ENDPOINT_URL",
        "TM_IAM_ENDPOINT_URL",
    ]
    .map(|name| (name, url.to_owned()))
}

/// The same, with the key of the direct calls.
pub(crate) fn signed_at(url: &str) -> Vec<(&'static str, String)> {
    let applications = ["TM_VOTING_API_URL", "TM_SHADES_URL", "TM_BEZZOS_QUOTES_URL"];
    let absent = |name: &str| applications.contains(&name) || name == "TM_S3_FILE_URL";
    all_at(url).into_iter().filter(|(name, _)| !absent(name)).collect()
}

/// Variables of which the later ones replace the earlier ones.
pub(crate) fn with<'a>(
    mut variables: Vec<(&'a str, String)>,
    others: &[(&'a str, &str)],
) -> Vec<(&'a str, String)> {
    for (name, value) in others {
        variables.retain(|(known, _)| known != name);
        variables.push((name, (*value).to_owned()));
    }
    variables
}

async fn runner(store: &Store, variables: &[(&str, String)]) -> Runner {
    let journal = store.journal().display().to_string();
    let mut all = vec![
        ("TM_REGION", "us-east-1"),
        ("DATABASE_URL", &store.url),
        ("TM_JOURNAL_DIR", &journal),
    ];
    for (name, value) in variables {
        all.retain(|(known, _)| known != name);
        all.push((name, value));
    }
    let config = Config::read(Variables::of(&all)).unwrap();
    let database = Database::open(&config.database_url).await.unwrap();
    let keeper = Keeper::new(database, Journal::in_folder(&config.journal));
    Runner::new(config, keeper)
}
