//! Slow is a state: far off what is normal for the same service.

use std::collections::BTreeMap;

use model::usual::{Season, Usual};

/// 4 times the usual: customers' own time-outs are set at a small multiple of it.
const TIMES: i64 = 4;

/// 100 ms beyond the usual: four times next to nothing is still next to nothing.
const BEYOND_US: i64 = 100_000;

/// 5 slots make a median that a single odd one does not decide.
const LEAST_SAMPLES: u64 = 5;

/// 30 slots: half an hour of one earlier day at least.
const LEAST_SEASON: u64 = 30;

/// How long the exchanges of one service or application usually take, in slots judged up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Normal {
    /// Half of the slots took no longer, in microseconds.
    pub median_us: i64,
    /// 95 % of the slots took no longer, in microseconds.
    pub p95_us: i64,
    /// How many slots there were.
    pub samples: u64,
}

/// What is normal, by service or application. One that is absent is never slow.
pub type Normals = BTreeMap<String, Normal>;

impl Normal {
    /// How many times the usual this latency is, when that is far too much.
    pub fn times(&self, latency_us: i64) -> Option<u32> {
        let far = latency_us > TIMES * self.median_us
            && latency_us > self.median_us + BEYOND_US
            // What happens in one slot of twenty anyway is no news.
            && latency_us > self.p95_us + self.p95_us / 2;
        let times = latency_us / self.median_us.max(1);
        (far && self.samples >= LEAST_SAMPLES).then(|| u32::try_from(times).unwrap_or(u32::MAX))
    }

    /// The normal of these latencies; `None` of none.
    pub fn of(mut latencies_us: Vec<i64>) -> Option<Self> {
        latencies_us.sort_unstable();
        let at =
            |part: usize| latencies_us.get((latencies_us.len() * part / 100).saturating_sub(1));
        let samples = u64::try_from(latencies_us.len()).unwrap_or(u64::MAX);
        Some(Self { median_us: *at(50)?, p95_us: *at(95)?, samples })
    }

    /// The normal of a service of which this is usual: the slower of what it was lately and of what
    /// it is at this time of the day. `None` where nothing is known yet.
    pub fn of_usual(usual: Usual) -> Option<Self> {
        let season = usual.season.filter(|season| season.count >= LEAST_SEASON);
        let season = season.map(|Season { median_us, p95_us, count }| Self {
            median_us,
            p95_us,
            samples: count,
        });
        let recent = Self::of(usual.recent_us);
        [recent, season].into_iter().flatten().max_by_key(|normal| normal.median_us)
    }
}
