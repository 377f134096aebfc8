//! A play: one scenario from its warm-up to its last slot, and what was recorded of it.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    error::Error,
    layer::Script,
    pace::{BEFORE_ONSET, SETTLING},
    record::{Probe, Record},
    scenario::Scenario,
    world::{Monitor, World},
};

/// Plays a scenario with a monitor of its own.
///
/// # Errors
/// When something of ours fails, so that what was seen means nothing.
pub async fn play(world: &mut World, scenario: &Scenario) -> Result<Record, Error> {
    let mut monitor = world.monitor(scenario).await?;
    let probes: Vec<Probe> = read(monitor.probes().await?, "/probes")?;
    prime(&monitor, &probes).await?;
    let onset = onset(scenario, Utc::now());
    let minutes = scenario.minutes();
    let script = Script::of(scenario);
    for minute in minutes.start.min(-BEFORE_ONSET)..minutes.end {
        world.layer.set_minute(minute);
        if script.has_ended(minute - 1, minute) {
            sleep(SETTLING).await;
        }
        monitor.trigger(onset + TimeDelta::minutes(minute.into())).await?;
        world.check()?;
        monitor.check()?;
    }
    world.layer.play(Script::empty());
    if scenario.faults.iter().any(|fault| fault.is_active(minutes.end - 1)) {
        sleep(SETTLING).await;
    }
    Ok(Record {
        onset,
        measurements: read_all(monitor.list("measurements").await?, "/v1/measurements")?,
        observations: read_all(monitor.list("observations").await?, "/v1/observations")?,
        probes,
        incidents: read_all(monitor.list("incidents").await?, "/v1/incidents")?,
    })
}

/// Runs every probe once, unrecorded: a function's first call is slow, and a table may have to be
/// made.
async fn prime(monitor: &Monitor, probes: &[Probe]) -> Result<(), Error> {
    for probe in probes {
        monitor.try_probe(&probe.name).await?;
    }
    Ok(())
}

/// The slot of minute 0, so that the last slot is about now: older or later ones are refused.
fn onset(scenario: &Scenario, now: DateTime<Utc>) -> DateTime<Utc> {
    let now = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
    now - TimeDelta::minutes(scenario.minutes().end.into())
}

fn read_all<T: DeserializeOwned>(items: Vec<Value>, call: &str) -> Result<Vec<T>, Error> {
    items.into_iter().map(|item| read(item, call)).collect()
}

fn read<T: DeserializeOwned>(value: Value, call: &str) -> Result<T, Error> {
    serde_json::from_value(value)
        .map_err(|error| Error::Answer { call: call.to_owned(), problem: error.to_string() })
}
