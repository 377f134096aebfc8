//! How many answers from memory the API gives in a second, beside a bare hyper server that gives the
//! same bytes. Both are processes of their own, asked by the same load, in turns.

use chrono::{TimeDelta, Utc};
use model::{
    Database, Status,
    measurement::Measurement,
    round::{self, Round},
    service::Kind,
    slot,
};

use crate::{
    figures::Figures,
    start::{self, Program},
};

mod load;
mod yardstick;

use load::Load;
pub(crate) use yardstick::{Sample, serve};

/// A day of these, hour by hour, is an answer of about 14 kB.
const SERVICES: [&str; 7] = ["SQS", "IAM", "Lambda", "S3", "EC2", "DynamoDB", "API Gateway"];

/// One round in ten minutes fills every hour of the day.
const ROUNDS: i32 = 144;

const PATH: &str = "/metrics?region=us-east-1&groupby=hour";

/// Turns of each; the best one counts, as the others were disturbed.
const TURNS: usize = 4;

/// What of a bare server's answers a second the API must reach.
const SHARE: f64 = 0.6;

/// What the API may take in memory meanwhile.
const MEGABYTES: f64 = 60.0;

pub(crate) async fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}/crowd.db", folder.path().display());
    seed(&url).await?;
    let variables = [("DATABASE_URL".to_owned(), url)];
    let mut api = Program::start(&start::built("api")?, "API_LISTEN", &variables).await?;
    api.first_answer("GET /livez").await?;
    for coding in ["identity", "gzip", "br"] {
        let ask = Load::new(&api.address, PATH, &format!("accept-encoding: {coding}"));
        compare(&format!("answers from memory, {coding}"), &ask, figures).await?;
    }
    let known = Load::new(&api.address, PATH, "accept: */*").once().await?;
    let tag = known.header("etag").unwrap_or_default();
    let ask = Load::new(&api.address, PATH, &format!("if-none-match: {tag}"));
    compare("304 to clients that have the answer", &ask, figures).await?;
    let what = "api: resident memory after all of these";
    figures.number_at_most(what, api.megabytes()?, MEGABYTES, "MB");
    Ok(())
}

/// The best turns of the API and of a bare server that gives the same answer.
async fn compare(what: &str, ask: &Load, figures: &mut Figures) -> anyhow::Result<()> {
    // Asked twice, so that it is one from memory.
    ask.once().await?;
    let answer = ask.once().await?;
    let size = answer.body.len();
    let bare = yardstick::Yardstick::start(&answer).await?;
    let constant = ask.to(&bare.address);
    let (mut ours, mut theirs) = (0.0_f64, 0.0_f64);
    for _ in 0..TURNS {
        ours = ours.max(ask.per_second().await?);
        theirs = theirs.max(constant.per_second().await?);
    }
    figures.note(&format!("{what}, {size} bytes"), format!("{ours:.0} /s"));
    let what = format!("{what} ÷ bare hyper's {theirs:.0} /s in the same run");
    figures.number_at_least(&what, ours / theirs, SHARE, "×");
    Ok(())
}

/// A day of one region, with a failure now and then.
async fn seed(url: &str) -> anyhow::Result<()> {
    let database = Database::open(&url.parse()?).await?;
    migration::up(&database).await?;
    let newest = slot::containing(Utc::now());
    for number in 0..ROUNDS {
        let slot = newest - TimeDelta::minutes(10) * number;
        let status = if number % 50 == 7 { Status::Down } else { Status::Up };
        let measurements = SERVICES.map(|service| Measurement {
            service: service.into(),
            kind: Kind::Service,
            global: service == "IAM",
            status,
            latency_us: Some(12_345),
            cause: None,
            explanation: None,
        });
        let round = Round {
            region: "us-east-1".into(),
            slot,
            started_at: slot,
            duration_us: 400_000,
            observations: Vec::new(),
            measurements: measurements.into(),
        };
        round::record(&database, &round, slot).await?;
    }
    Ok(())
}
