//! Rounds of our own, beside the history that is taken over.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Status,
    measurement::Measurement,
    round::{self, Round},
    service::Kind,
};

use crate::databases::Target;

/// The slot `n` minutes after the start of what `Source::add_minutes` adds.
pub(crate) fn minute(n: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2024-02-20T00:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(n)
}

/// Records a round of us-east-1 that judged these services so.
pub(crate) async fn measure(
    target: &Target,
    slot: DateTime<Utc>,
    services: &[&'static str],
    status: Status,
) {
    let judged = services.iter().map(|service| Measurement {
        service: (*service).into(),
        kind: Kind::Service,
        global: false,
        status,
        latency_us: None,
        cause: None,
        explanation: None,
    });
    let round = Round {
        region: "us-east-1".into(),
        slot,
        started_at: slot,
        duration_us: 1,
        observations: Vec::new(),
        measurements: judged.collect(),
    };
    round::record(&target.database, &round, Utc::now()).await.unwrap();
}
