//! A latency histogram: mergeable, and within 1 % of every latency that went into it.

use hdrhistogram::{
    Histogram,
    serialization::{Deserializer, Serializer, V2Serializer},
};

use crate::Error;

/// Two digits tell 1.00 from 1.01: an error of 1 % at most.
const DIGITS: u8 = 2;

/// Latencies in microseconds. Stored as `HdrHistogram` V2, which has readers in many languages;
/// nothing at all is stored for none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies(Option<Histogram<u32>>);

/// Latencies as they are stored: small, where a histogram takes kilobytes.
#[derive(Clone, Debug)]
pub(crate) enum Stored {
    /// That of one slot, if it has one.
    One(Option<i32>),
    /// Those of an hour or a day.
    Histogram(Vec<u8>),
}

impl Stored {
    /// Makes a histogram of them.
    ///
    /// # Errors
    /// [`Error::Histogram`].
    pub(crate) fn read(&self) -> Result<Latencies, Error> {
        match self {
            Self::One(latency_us) => {
                let mut one = Latencies::default();
                one.add(*latency_us);
                Ok(one)
            }
            Self::Histogram(bytes) => Latencies::from_bytes(bytes),
        }
    }
}

impl Latencies {
    /// Adds one latency, if there is one.
    pub(crate) fn add(&mut self, latency_us: Option<i32>) {
        let Some(latency) = latency_us.and_then(|latency| u64::try_from(latency).ok()) else {
            return;
        };
        if self.0.is_none() {
            self.0 = Histogram::new(DIGITS).ok();
        }
        if let Some(histogram) = &mut self.0 {
            // A histogram that grows takes whatever fits into 63 bits.
            let _always_fits = histogram.record(latency);
        }
    }

    /// Adds all that `other` has.
    ///
    /// # Errors
    /// [`Error::Histogram`], when the two were made for different digits.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), Error> {
        match (&mut self.0, other.0) {
            (_, None) => {}
            (mine @ None, theirs) => *mine = theirs,
            (Some(mine), Some(theirs)) => mine.add(theirs).map_err(|_| Error::Histogram)?,
        }
        Ok(())
    }

    /// How many latencies there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    /// The latency below which this share of them lies; `None` when there are none.
    pub(crate) fn quantile(&self, share: f64) -> Option<i64> {
        let histogram = self.0.as_ref().filter(|histogram| !histogram.is_empty())?;
        let value = histogram.value_at_quantile(share);
        // The middle of the values that are not told apart, rather than their upper end.
        i64::try_from(histogram.median_equivalent(value).min(histogram.max())).ok()
    }

    /// What is stored.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        if let Some(histogram) = &self.0 {
            V2Serializer::new().serialize(histogram, &mut bytes).map_err(|_| Error::Histogram)?;
        }
        Ok(bytes)
    }

    /// Reads what was stored.
    ///
    /// # Errors
    /// [`Error::Histogram`].
    pub(crate) fn from_bytes(mut bytes: &[u8]) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let mut histogram: Histogram<u32> =
            Deserializer::new().deserialize(&mut bytes).map_err(|_| Error::Histogram)?;
        histogram.auto(true);
        Ok(Self(Some(histogram)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Latencies from 1 µs to 30 min, most of them in the tens of milliseconds.
    fn latencies(seed: u64) -> Vec<i32> {
        let mut state = seed;
        let mut random = || {
            // Knuth's MMIX generator; the upper bits are the good ones.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        (0..1_440)
            .map(|_| {
                let largest =
                    [1_800_000_000, 30_000, 90_000, 1_000][usize::try_from(random() % 4).unwrap()];
                i32::try_from(random() % largest + 1).unwrap()
            })
            .collect()
    }

    fn histogram(latencies: &[i32]) -> Latencies {
        let mut histogram = Latencies::default();
        latencies.iter().for_each(|latency| histogram.add(Some(*latency)));
        histogram
    }

    /// The value that this share of the sorted values does not exceed.
    fn exact(sorted: &[i32], share: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let rank = (share * sorted.len() as f64).ceil() as usize;
        f64::from(sorted[rank.max(1) - 1])
    }

    #[test]
    fn merged_and_stored_percentiles_are_within_two_per_cent() {
        for seed in 0..20 {
            let all = latencies(seed);
            let mut merged = Latencies::default();
            for part in all.chunks(60) {
                let stored = histogram(part).to_bytes().unwrap();
                merged.merge(Latencies::from_bytes(&stored).unwrap()).unwrap();
            }
            assert_eq!(merged.count(), 1_440);
            let mut sorted = all;
            sorted.sort_unstable();
            for share in [0.5, 0.95, 0.99] {
                let exact = exact(&sorted, share);
                #[expect(clippy::cast_precision_loss)]
                let found = merged.quantile(share).unwrap() as f64;
                let error = (found - exact).abs() / exact;
                assert!(error <= 0.02, "seed {seed}: {found} instead of {exact} at {share}");
            }
        }
    }

    #[test]
    fn of_no_latencies_nothing_is_stored_and_there_is_no_percentile() {
        let mut none = Latencies::default();
        none.add(None);
        assert_eq!(none.to_bytes().unwrap(), Vec::<u8>::new());
        assert_eq!(Latencies::from_bytes(&[]).unwrap().quantile(0.5), None);
    }

    #[test]
    fn an_hour_takes_few_bytes() {
        let hour: Vec<i32> =
            latencies(1).into_iter().filter(|latency| *latency < 90_000).take(60).collect();
        let bytes = histogram(&hour).to_bytes().unwrap().len();
        assert!(bytes < 300, "{bytes}");
    }

    #[test]
    fn damaged_bytes_are_an_error() {
        let mut bytes = histogram(&[1, 2, 3]).to_bytes().unwrap();
        bytes.truncate(20);
        assert!(matches!(Latencies::from_bytes(&bytes), Err(Error::Histogram)));
        assert!(matches!(Latencies::from_bytes(b"histogram"), Err(Error::Histogram)));
    }

    #[test]
    fn a_histogram_that_was_stored_takes_longer_latencies() {
        let stored = histogram(&[1_000]).to_bytes().unwrap();
        let mut read = Latencies::from_bytes(&stored).unwrap();
        read.add(Some(i32::MAX));
        read.merge(histogram(&[i32::MAX])).unwrap();
        let longest = read.quantile(1.0).unwrap();
        assert_eq!(read.count(), 3);
        assert!((i64::from(i32::MAX) - longest).abs() < i64::from(i32::MAX) / 100, "{longest}");
    }
}
