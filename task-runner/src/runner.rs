//! A run: all probes at once under one deadline, then the verdict, then the rows.

use std::{
    collections::{BTreeSet, HashMap},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use futures_util::{FutureExt, future::BoxFuture};
use model::{Status, measurement::Measurement, observation::Observation, round::Round, run::Claim};
use tokio::{
    sync::{OnceCell, RwLock, watch},
    task::{self, JoinSet},
    time::{Instant, sleep_until},
};
use tracing::info;
use verdict::{Evidence, Verdict};

use crate::{
    attempt::Tools,
    clock,
    config::Config,
    context::Context,
    keeping::{Keeper, Kept},
    maintaining::Maintainer,
    memory::Memory,
    net::{Trust, Wire, dns::Resolver},
    provider,
    registry::{PROBES, Probe},
    sampling,
};

/// 250 ms: every step ends at the deadline by itself; a probe that does not is stopped soon after.
const OVERRUN: Duration = Duration::from_millis(250);

/// 5 s beyond the deadline: a runner that lives has overrun and recorded by then, so the slot of
/// one that died is free again.
const LEASE_BEYOND_DEADLINE: TimeDelta = TimeDelta::seconds(5);

/// What came of a trigger.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was seen and judged; empty when another run has the slot.
    pub round: Round,
    /// What became of it.
    pub kept: Kept,
}

/// What came of running one probe by itself.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What it saw.
    pub observations: Vec<Observation>,
    /// Whether the database has that.
    pub recorded: bool,
}

/// Runs rounds for one region.
pub struct Runner {
    /// What it was told.
    pub config: Config,
    /// What it can run: the registry.
    pub probes: &'static [Probe],
    /// Where its rounds go.
    pub keeper: Keeper,
    maintainer: Maintainer,
    memory: Memory,
    trust: Trust,
    sdk: OnceCell<aws_config::SdkConfig>,
    /// The slots that are being run by this process.
    running: Mutex<BTreeSet<DateTime<Utc>>>,
    /// Held for reading by every run; who gets it for writing knows that none is going on.
    runs: RwLock<()>,
    /// When runs must end early, because the process is stopping.
    cut_off: watch::Sender<Option<Instant>>,
}

impl Runner {
    /// A runner that is ready for its first trigger. Nothing is connected to yet.
    pub fn new(config: Config, keeper: Keeper) -> Self {
        Self {
            maintainer: Maintainer::new(keeper.database.clone(), config.retention),
            memory: Memory::new(keeper.database.clone(), config.region.clone()),
            config,
            probes: PROBES,
            keeper,
            trust: Trust::of_system(),
            sdk: OnceCell::new(),
            running: Mutex::default(),
            runs: RwLock::default(),
            cut_off: watch::Sender::new(None),
        }
    }

    /// Believes other certificate authorities than the system's.
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// Runs other probes than the registry's.
    #[must_use]
    pub fn with_probes(self, probes: &'static [Probe]) -> Self {
        Self { probes, ..self }
    }

    /// Runs `slot`, unless it is done or in progress here or elsewhere.
    pub async fn run(&self, slot: DateTime<Utc>) -> Report {
        let _run = self.runs.read().await;
        let deadline = Instant::now() + self.config.round_deadline;
        let Some(_entry) = Entry::into(&self.running, slot) else { return self.duplicate(slot) };
        let round_deadline = TimeDelta::from_std(self.config.round_deadline);
        let lease = round_deadline.unwrap_or(TimeDelta::MAX / 4) + LEASE_BEYOND_DEADLINE;
        match self.keeper.claim(&self.config.region, slot, lease).await {
            Claim::Granted => {}
            Claim::InProgress | Claim::Done => return self.duplicate(slot),
        }
        let round = self.probe(slot, deadline).await;
        let kept = self.keeper.keep(&round).await;
        self.maintainer.after_round();
        info!(
            run.id = round.id(),
            duration_us = round.duration_us,
            observations = round.observations.len(),
            ?kept,
            "Ran a round"
        );
        Report { round, kept }
    }

    /// Runs one probe by itself; what it saw is recorded if that is wanted and possible.
    pub async fn run_alone(&self, probe: &'static Probe, record: bool) -> Trial {
        let _run = self.runs.read().await;
        let deadline = Instant::now() + self.config.round_deadline;
        let tools = self.tools().await;
        let once =
            |probe: &'static Probe, context: Context| (probe.run)(context.without_confirmation());
        let observations = self.observe(&[probe], (tools, deadline), once).await;
        let region = &self.config.region;
        let recorded = record && self.keeper.keep_evidence(region, &observations).await;
        Trial { observations, recorded }
    }

    /// The variable that a probe misses, when it is disabled.
    pub fn missing(&self, probe: &Probe) -> Option<&'static str> {
        (probe.missing)(&self.config.targets)
    }

    /// Whether the process is about to end: a run that starts now would see next to nothing.
    pub fn is_stopping(&self) -> bool {
        self.cut_off.borrow().is_some()
    }

    /// Ends the runs that are going on at `when`, as far as they have come then, and returns
    /// when the last of them has been kept.
    pub async fn finish(&self, when: Instant) {
        self.cut_off.send_replace(Some(when));
        drop(self.runs.write().await);
    }

    async fn probe(&self, slot: DateTime<Utc>, deadline: Instant) -> Round {
        let enabled: Vec<&'static Probe> =
            self.probes.iter().filter(|probe| self.missing(probe).is_none()).collect();
        let (started_at, started) = (Utc::now().trunc_subsecs(6), Instant::now());
        let tools = self.tools().await;
        let sampling = |probe: &'static Probe, context: Context| {
            sampling::run(probe, context, self.memory.knows_trouble(probe.name(), slot)).boxed()
        };
        // What was seen before is read meanwhile: no round waits for it.
        let (mut observations, recent, normals) = tokio::join!(
            self.observe(&enabled, (tools.clone(), deadline), sampling),
            self.memory.before(slot),
            self.memory.normals(slot),
        );
        observations.extend(clock::check(&tools.wire, !self.config.targets.control.is_empty()));
        let duration_us = crate::net::microseconds(started.elapsed());
        self.memory.remember(slot, &observations);
        let catalogue: Vec<_> = self.probes.iter().map(|probe| probe.about).collect();
        let verdicts = verdict::judge(&Evidence {
            catalogue: &catalogue,
            slot,
            round: &observations,
            recent: &recent,
            normals: &normals,
        });
        let measurements = verdicts.into_iter().map(told).collect();
        let region = self.config.region.clone();
        Round { region, slot, started_at, duration_us, observations, measurements }
    }

    /// Runs these probes at once, until all are done, the deadline has passed, or the process
    /// stops; each in a task of its own, so that one that panics harms no other.
    async fn observe(
        &self,
        probes: &[&'static Probe],
        (tools, deadline): (Arc<Tools>, Instant),
        work: impl Fn(&'static Probe, Context) -> BoxFuture<'static, ()>,
    ) -> Vec<Observation> {
        let targets = Arc::new(self.config.targets.clone());
        let region: Arc<str> = self.config.region.as_str().into();
        let limits = (deadline, self.config.step_deadline);
        let mut tasks = JoinSet::new();
        let mut running: HashMap<task::Id, Context> = HashMap::with_capacity(probes.len());
        for probe in probes {
            let world = (targets.clone(), region.clone());
            let context = Context::new(probe, world, tools.clone(), limits);
            let task = tasks.spawn(work(probe, context.clone()));
            running.insert(task.id(), context);
        }
        let mut observations = Vec::new();
        let mut over = pin!(self.over(deadline));
        loop {
            let (id, why) = tokio::select! {
                ended = tasks.join_next_with_id() => match ended {
                    None => break,
                    Some(Ok((id, ()))) => (id, None),
                    Some(Err(panicked)) => (panicked.id(), Some("the probe panicked")),
                },
                why = &mut over => {
                    let cut_off = running.values().flat_map(|context| context.conclude(Some(why)));
                    observations.extend(cut_off);
                    break;
                }
            };
            let context = running.remove(&id);
            observations.extend(context.iter().flat_map(|context| context.conclude(why)));
        }
        let place = |name: &str| self.probes.iter().position(|probe| probe.name() == name);
        observations.sort_by_key(|seen| place(&seen.probe));
        observations
    }

    /// Returns when a round must end whatever its probes do, and says why.
    async fn over(&self, deadline: Instant) -> &'static str {
        let mut cut_off = self.cut_off.subscribe();
        let stopping = async {
            match cut_off.wait_for(Option::is_some).await.ok().and_then(|when| *when) {
                Some(when) => sleep_until(when).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sleep_until(deadline + OVERRUN) => "the probe did not end at the deadline",
            () = stopping => "the monitor was stopped",
        }
    }

    /// What every attempt of a round works with, made anew each time: a changed
    /// `/etc/resolv.conf` counts from the next round on.
    async fn tools(&self) -> Arc<Tools> {
        let resolver = Resolver::at(&self.config.name_servers);
        let wire = Wire::new(resolver, self.trust.clone());
        let sdk = self.sdk.get_or_init(|| provider::sdk(&self.config, wire.clone())).await;
        Arc::new(Tools { wire, sdk: sdk.clone() })
    }

    fn duplicate(&self, slot: DateTime<Utc>) -> Report {
        let round = Round {
            region: self.config.region.clone(),
            slot,
            started_at: Utc::now(),
            duration_us: 0,
            observations: Vec::new(),
            measurements: Vec::new(),
        };
        Report { round, kept: Kept::Duplicate }
    }
}

/// What is stored of a verdict; why it is not up is in the log as well.
fn told(verdict: Verdict) -> Measurement {
    let Verdict { measurement, reason, .. } = verdict;
    if measurement.status != Status::Up {
        let status = measurement.status;
        info!(service = %measurement.service, ?status, "Judged a service: {reason}");
    }
    measurement
}

/// A slot that is being run, until it is dropped.
struct Entry<'a> {
    running: &'a Mutex<BTreeSet<DateTime<Utc>>>,
    slot: DateTime<Utc>,
}

impl<'a> Entry<'a> {
    fn into(running: &'a Mutex<BTreeSet<DateTime<Utc>>>, slot: DateTime<Utc>) -> Option<Self> {
        let entered = running.lock().unwrap_or_else(PoisonError::into_inner).insert(slot);
        entered.then_some(Self { running, slot })
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.slot);
    }
}
