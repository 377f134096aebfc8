//! How long a round takes when every target answers after 100 ms.

use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{TimeDelta, Utc};
use model::{Database, Outcome, slot};
use serve::configuration::Variables;
use task_runner::{config::Config, journal::Journal, keeping::Keeper, runner::Runner};

use crate::{
    figures::{Figures, quantile},
    target::{ANSWERS_AFTER, Target},
};

const ROUNDS: i32 = 30;

/// The queue's four steps, one after the other, are the longest chain.
const LONGEST_CHAIN: u32 = 4;

pub(crate) async fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    let target = Target::start().await?;
    let folder = tempfile::tempdir()?;
    let variables = variables(&target.url, folder.path());
    let borrowed: Vec<_> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let config = Config::read(Variables::of(&borrowed)).map_err(|problems| {
        anyhow::anyhow!("the benchmark's own configuration is wrong: {problems}")
    })?;
    let database = Database::open(&config.database_url).await?;
    migration::up(&database).await?;
    let keeper = Keeper::new(database, Journal::in_folder(&config.journal));
    let runner = Runner::new(config, keeper);
    let mut durations = Vec::new();
    for number in 0..ROUNDS {
        let slot = slot::containing(Utc::now()) - TimeDelta::minutes(number.into());
        let round = runner.run(slot).await.round;
        let failed = round.observations.iter().find(|seen| seen.outcome != Outcome::Succeeded);
        ensure!(failed.is_none(), "a step failed, so the time means nothing: {failed:?}");
        durations.push(Duration::from_micros(round.duration_us.try_into().context("negative")?));
    }
    let limit = ANSWERS_AFTER * LONGEST_CHAIN + Duration::from_millis(50);
    let what = "round, every target answering after 100 ms";
    figures.at_most(&format!("{what}: median"), quantile(&mut durations, 0.5), limit);
    figures.at_most(&format!("{what}: slowest of {ROUNDS}"), quantile(&mut durations, 1.0), limit);
    Ok(())
}

/// The environment of a runner whose every target is at `url`.
pub(crate) fn variables(url: &str, folder: &std::path::Path) -> Vec<(String, String)> {
    let folder = folder.display();
    let mut variables: Vec<(String, String)> = [
        ("DATABASE_URL", format!("sqlite://{folder}/bench.db")),
        ("TM_JOURNAL_DIR", format!("{folder}/journal")),
        ("TM_REGION", "us-east-1".into()),
        ("TM_VOTING_API_URL", url.into()),
        ("TM_SHADES_URL", format!("{url}/shades")),
        ("TM_BEZZOS_QUOTES_URL", format!("{url}/quote")),
        ("TM_S3_FILE_URL", format!("{url}/beacon.png")),
        ("TM_VOTING_EC2_INSTANCE_ID", "i-0".into()),
        ("TM_AWS_ACCESS_KEY_ID", "AKIAEXAMPLE".into()),
        ("TM_AWS_SECRET_ACCESS_KEY", "example".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    for service in ["EC2", "DYNAMODB", "LAMBDA", "AWS_SQS", "IAM"] {
        variables.push((format!("TM_{service}_ENDPOINT_URL"), url.into()));
    }
    variables
}
