//! How many steps a second are possible, each on a fresh connection.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;

use crate::{bare, figures::Figures, steps::Stepper, target::Target};

/// Connections that are open at once: enough to keep both cores busy.
const AT_ONCE: usize = 64;

/// How long one turn of one client lasts.
const TURN: Duration = Duration::from_secs(2);

/// Turns of each client; the best one counts, as the others were disturbed.
const TURNS: usize = 4;

pub(crate) async fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    let target = Target::start().await?;
    let url = format!("{}/now", target.url);
    let authority: Arc<str> = target.url.trim_start_matches("http://").into();
    let stepper = Stepper::new(&url)?;
    let general = reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().build()?;
    let (mut ours, mut bare, mut reqwest) = (0.0_f64, 0.0_f64, 0.0_f64);
    for _ in 0..TURNS {
        let step = || async { stepper.step().await.map(drop) };
        ours = ours.max(per_second(step).await?);
        let get = || async { bare::get(&authority, "/now").await.map(drop) };
        bare = bare.max(per_second(get).await?);
        let get = || async {
            general.get(&url).send().await?.bytes().await?;
            Ok(())
        };
        reqwest = reqwest.max(per_second(get).await?);
    }
    figures.number_at_least("steps a second, fresh connections", ours, 20_000.0, "/s");
    let what = format!("steps ÷ bare hyper's {bare:.0} /s in the same run");
    figures.number_at_least(&what, ours / bare, 0.6, "×");
    figures.note("reqwest with an empty pool in the same run", format!("{reqwest:.0} /s"));
    Ok(())
}

/// How often `work` is done in a second, by [`AT_ONCE`] tasks.
async fn per_second<F>(work: impl Fn() -> F) -> anyhow::Result<f64>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let done = AtomicU64::new(0);
    let started = Instant::now();
    let task = || async {
        while started.elapsed() < TURN {
            work().await?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        anyhow::Ok(())
    };
    try_join_all((0..AT_ONCE).map(|_| task())).await?;
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let done = done.into_inner() as f64;
    Ok(done / started.elapsed().as_secs_f64())
}
