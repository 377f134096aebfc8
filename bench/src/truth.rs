//! How far a recorded time is from the true one, which the target itself reports.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::future::try_join_all;
use http::HeaderMap;

use crate::{
    bare,
    figures::{Figures, milliseconds, quantile},
    steps::Stepper,
    target::{HELD, Target},
};

/// Times that all probes are started at once, for each number of probes.
const REPEATS: usize = 25;

pub(crate) async fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    let target = Target::start().await?;
    let (mut ours, mut bare) = compare(&target, 20).await?;
    let what = "recorded − held, 20 probes at once";
    let limits = [Duration::from_micros(500), Duration::from_millis(2)];
    figures.at_most(&format!("{what}: median"), quantile(&mut ours, 0.5), limits[0]);
    figures.at_most(&format!("{what}: p99"), quantile(&mut ours, 0.99), limits[1]);
    let yardstick = [0.5, 0.99].map(|share| milliseconds(quantile(&mut bare, share)));
    figures.note("the same by bare hyper: median, p99", yardstick.join(", "));
    let (mut ours, mut bare) = compare(&target, 200).await?;
    for (name, share) in [("median", 0.5), ("p99", 0.99)] {
        let (ours, bare) = (quantile(&mut ours, share), quantile(&mut bare, share));
        let what =
            format!("recorded − held, 200 probes at once, {name} ÷ bare hyper's ({bare:.1?})");
        figures.number_at_most(&what, ours.as_secs_f64() / bare.as_secs_f64(), 1.2, "×");
    }
    Ok(())
}

/// The excess over the true time, of our steps and of the bare loop, in turns.
async fn compare(
    target: &Target,
    at_once: usize,
) -> anyhow::Result<(Vec<Duration>, Vec<Duration>)> {
    let stepper = Stepper::new(&format!("{}/hold?ms=50", target.url))?;
    let authority = target.url.trim_start_matches("http://");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        ours.extend(try_join_all((0..at_once).map(|_| by_step(stepper.clone()))).await?);
        let bare = (0..at_once).map(|_| by_bare(authority.to_owned()));
        theirs.extend(try_join_all(bare).await?);
    }
    Ok((ours, theirs))
}

async fn by_step(stepper: Stepper) -> anyhow::Result<Duration> {
    let (recorded, headers) = tokio::spawn(async move { stepper.step().await }).await??;
    Ok(recorded.saturating_sub(held(&headers)?))
}

async fn by_bare(authority: String) -> anyhow::Result<Duration> {
    tokio::spawn(async move {
        let started = Instant::now();
        let answer = bare::get(&authority, "/hold?ms=50").await?;
        Ok(started.elapsed().saturating_sub(held(answer.headers())?))
    })
    .await?
}

fn held(headers: &HeaderMap) -> anyhow::Result<Duration> {
    let held = headers.get(HELD).context("the target does not say how long it held the request")?;
    Ok(Duration::from_micros(held.to_str()?.parse()?))
}
