//! How many steps a second are possible, each on a fresh connection.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

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
        let stepper = stepper.clone();
        let step = move || {
            let stepper = stepper.clone();
            async move { stepper.step().await.map(drop) }
        };
        ours = ours.max(per_second(step).await?);
        let authority = authority.clone();
        let get = move || {
            let authority = authority.clone();
            async move { bare::get(&authority, "/now").await.map(drop) }
        };
        bare = bare.max(per_second(get).await?);
        let (client, url) = (general.clone(), url.clone());
        let get = move || {
            let request = client.get(&url).send();
            async move {
                request.await?.bytes().await?;
                Ok(())
            }
        };
        reqwest = reqwest.max(per_second(get).await?);
    }
    figures.number_at_least("steps a second, fresh connections", ours, 20_000.0, "/s");
    let what = format!("steps ÷ bare hyper's {bare:.0} /s in the same run");
    figures.number_at_least(&what, ours / bare, 0.6, "×");
    figures.note("reqwest with an empty pool in the same run", format!("{reqwest:.0} /s"));
    Ok(())
}

/// How often `work` is done in a second, by [`AT_ONCE`] tasks on all cores.
async fn per_second<F>(work: impl Fn() -> F + Clone + Send + Sync + 'static) -> anyhow::Result<f64>
where
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..AT_ONCE {
        let work = work.clone();
        tasks.spawn(async move {
            let mut done = 0_u32;
            while started.elapsed() < TURN {
                work().await?;
                done += 1;
            }
            anyhow::Ok(done)
        });
    }
    let mut done = 0_u32;
    while let Some(task) = tasks.join_next().await {
        done += task??;
    }
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}
