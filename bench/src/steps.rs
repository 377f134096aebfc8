//! Steps as the runner takes them: an attempt, a timed exchange, an observation.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use aws_config::SdkConfig;
use bytes::Bytes;
use http::{HeaderMap, Request};
use model::Outcome;
use serve::configuration::Variables;
use task_runner::{
    attempt::{Attempt, Tools},
    config::{Config, Targets},
    context::Context,
    net::{Trust, Wire, dns::Resolver},
    registry::{Need, Probe, Step, Subject, Use},
};
use tokio::time::Instant;

/// A probe of one step.
static PROBE: Probe = Probe {
    about: &verdict::Probe {
        name: "bench",
        subject: Subject::Application("bench"),
        steps: &[Step { name: "get", needs: &[Need::of("EC2", Use::Host)] }],
    },
    missing: |_| None,
    run: |_| Box::pin(async {}),
};

/// Takes the same step again and again.
#[derive(Clone)]
pub(crate) struct Stepper {
    url: Arc<str>,
    tools: Arc<Tools>,
    targets: Arc<Targets>,
}

impl Stepper {
    /// A step that gets `url`.
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        let wire = Wire::new(Resolver::of_system(), Trust::of_system());
        let config = Config::read(Variables::of(&[("TM_REGION", "us-east-1")]));
        let config = config.map_err(|problems| anyhow::anyhow!("{problems}"))?;
        let tools = Arc::new(Tools { wire, sdk: SdkConfig::builder().build() });
        Ok(Self { url: url.into(), tools, targets: Arc::new(config.targets) })
    }

    /// Takes the step, and returns its recorded time and the answer's headers.
    pub(crate) async fn step(&self) -> anyhow::Result<(Duration, HeaderMap)> {
        let limit = Duration::from_secs(10);
        let world = (self.targets.clone(), "us-east-1".into());
        let limits = (Instant::now() + limit, limit);
        let context = Context::new(&PROBE, world, self.tools.clone(), limits);
        let request = Request::get(&*self.url).body(Bytes::new())?;
        let request = &request;
        let send = |attempt: Attempt| async move { attempt.send(request.clone()).await };
        let answer = context.step("get", send);
        let answer = answer.await;
        let seen = context.conclude(None).pop().context("no observation")?;
        anyhow::ensure!(seen.outcome == Outcome::Succeeded, "a step failed: {seen:?}");
        let recorded = seen.total_us.and_then(|us| u64::try_from(us).ok()).context("no time")?;
        let headers = answer.context("no answer")?.headers;
        Ok((Duration::from_micros(recorded), headers))
    }
}
