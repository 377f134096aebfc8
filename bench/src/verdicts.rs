//! How long the verdict on a round takes: 200 observations, with 24 hours of history known.

use std::time::{Duration, Instant};

use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use model::{
    Failure, Outcome, Status,
    observation::{Observation, Phases},
    slot,
};
use verdict::{Evidence, Normal, Normals, PROBES, Past, judge};

use crate::figures::{Figures, quantile};

/// Of each round.
const OBSERVATIONS: usize = 200;

/// 24 hours of slots.
const HISTORY: i64 = 24 * 60;

const VERDICTS: usize = 50;

pub(crate) fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    let slot = slot::containing(Utc::now());
    // The rule takes the slots that it needs out of all that it is given.
    let recent: Vec<Past> = (1..=HISTORY)
        .map(|ago| slot - TimeDelta::minutes(ago))
        .map(|slot| Past { slot, observations: round(slot) })
        .collect();
    let round = round(slot);
    let usual = Normal { median_us: 12_000, p95_us: 30_000, samples: 120 };
    let names = PROBES.iter().filter_map(|probe| probe.subject.name());
    let normals: Normals = names.map(|name| (name.to_owned(), usual)).collect();
    let catalogue = PROBES;
    let mut durations: Vec<Duration> = Vec::with_capacity(VERDICTS);
    for _ in 0..VERDICTS {
        let started = Instant::now();
        let evidence =
            Evidence { catalogue, slot, round: &round, recent: &recent, normals: &normals };
        let verdicts = judge(&evidence);
        durations.push(started.elapsed());
        let lambda = verdicts.iter().find(|verdict| verdict.measurement.service == "Lambda");
        ensure!(lambda.is_some_and(|lambda| lambda.measurement.status == Status::Degraded));
    }
    let limit = Duration::from_millis(5);
    let what = "the verdict on 200 observations with 24 hours of history";
    figures.at_most(&format!("{what}: median"), quantile(&mut durations, 0.5), limit);
    figures.at_most(&format!("{what}: p99"), quantile(&mut durations, 0.99), limit);
    Ok(())
}

/// A round in which a third of Lambda's calls fail, and everything is asked often.
fn round(slot: DateTime<Utc>) -> Vec<Observation> {
    let steps = PROBES.iter().flat_map(|probe| probe.steps.iter().map(|step| (*probe, step)));
    let attempts = steps.collect::<Vec<_>>().into_iter().cycle().take(OBSERVATIONS).enumerate();
    attempts
        .map(|(number, (probe, step))| {
            let fails = step.name == "invoke" && number % 3 == 0;
            Observation {
                probe: probe.name.into(),
                step: step.name.into(),
                services: step.needs.iter().map(|need| need.service.into()).collect(),
                attempt: i16::try_from(number).unwrap_or(i16::MAX),
                started_at: slot,
                outcome: if fails { Outcome::Failed } else { Outcome::Succeeded },
                failure: fails.then_some(Failure::Http5xx),
                phase: None,
                http_status: Some(200),
                request_id: None,
                phases: Phases { connect_us: Some(300), ..Phases::default() },
                total_us: Some(12_000),
                detail: None,
            }
        })
        .collect()
}
