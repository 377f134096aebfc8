//! A world in which one fault at a time is tried.

use drill::{
    layer::Script,
    record::Probe,
    scenario::Scenario,
    world::{Monitor, World},
};
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

/// A cloud, its applications and a monitor are as much as a small machine runs at once.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A world, one at a time.
pub(crate) struct Stage {
    pub(crate) world: World,
    /// One for all faults that need no monitor of their own.
    shared: Option<Monitor>,
    _alone: MutexGuard<'static, ()>,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let alone = ALONE.lock().await;
        Self { world: World::start(None).await.unwrap(), shared: None, _alone: alone }
    }

    pub(crate) async fn clear(self) {
        self.world.stop().await.unwrap();
    }

    /// What each probe of `asked` sees in the first minute of a fault: `"put_item: failed reset in
    /// processing"`.
    pub(crate) async fn seen(&mut self, fault: &str, asked: &[&str]) -> Vec<String> {
        // It must be told of TLS when it starts.
        let monitor = match self.shared.take().filter(|_| !fault.contains("tls")) {
            Some(monitor) => monitor,
            None => self.monitor(fault).await,
        };
        self.world.layer.play(Script::of(&scenario(fault)));
        // Once before, so that there is something old, and no table has to be made.
        for probe in asked {
            monitor.try_probe(probe).await.unwrap();
        }
        self.world.layer.set_minute(0);
        let mut seen = Vec::new();
        for probe in asked {
            seen.extend(steps(&monitor.try_probe(probe).await.unwrap()));
        }
        self.world.check().unwrap();
        self.shared = Some(monitor).filter(|_| !fault.contains("tls"));
        seen
    }

    /// A monitor of a scenario with this fault, of which nothing is there yet.
    pub(crate) async fn monitor(&mut self, fault: &str) -> Monitor {
        self.world.monitor(&scenario(fault)).await.unwrap()
    }
}

/// A scenario of ten minutes, with one fault from its minute 0 on.
pub(crate) fn scenario(fault: &str) -> Scenario {
    let text = format!(
        "id = \"test\"\ntitle = \"\"\nsource = \"\"\nregion = \"us-west-2\"\nslots = 10\nonset = 0\n\
         [[fault]]\nfrom = 0\nto = 10\n{fault}\n\
         [expect]\ndetect_within = 0\nclear_within = 0\nfalse_down = 0\n"
    );
    Scenario::parse(&text).unwrap_or_else(|error| panic!("{error:?} in {text}"))
}

/// The last attempt of each step of an answer, in words.
pub(crate) fn steps(answer: &Value) -> Vec<String> {
    let observations = answer["observations"].as_array().unwrap();
    let is_last = |seen: &&Value| {
        !observations.iter().any(|other| {
            other["step"] == seen["step"] && other["attempt"].as_i64() > seen["attempt"].as_i64()
        })
    };
    let word = |seen: &Value, name: &str, before: &str| {
        seen[name].as_str().map(|word| format!("{before}{word}")).unwrap_or_default()
    };
    let shown = |seen: &Value| {
        let (outcome, failure) = (word(seen, "outcome", ""), word(seen, "failure", " "));
        format!("{}: {outcome}{failure}{}", word(seen, "step", ""), word(seen, "phase", " in "))
    };
    observations.iter().filter(is_last).map(shown).collect()
}

/// The names of the enabled probes.
pub(crate) async fn probes(monitor: &Monitor) -> Vec<String> {
    let probes: Vec<Probe> = serde_json::from_value(monitor.probes().await.unwrap()).unwrap();
    probes.into_iter().map(|probe| probe.name).collect()
}
