//! Draws that are the same in every play of a scenario, whatever happens at the same time.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
};

use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::fault::Place;

/// Gives each event at each place its own generator, by the number of those before it.
#[derive(Debug)]
pub(super) struct Chance {
    seed: u64,
    drawn: Mutex<HashMap<(usize, Place), u64>>,
}

impl Chance {
    /// The chance of the scenario of that name.
    pub(super) fn of(name: &str) -> Self {
        Self { seed: hash(&name), drawn: Mutex::default() }
    }

    /// The generator of the next event that a fault may hit at a place.
    pub(super) fn next(&self, fault: usize, place: Place) -> StdRng {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let before = drawn.entry((fault, place)).or_default();
        *before += 1;
        StdRng::seed_from_u64(hash(&(self.seed, fault, place, *before)))
    }
}

/// A draw from the standard normal distribution, by Box and Muller.
pub(super) fn normal(draws: &mut StdRng) -> f64 {
    let (radius, angle): (f64, f64) = (draws.random(), draws.random());
    // Of 0 to less than 1; the logarithm wants more than 0.
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Target;

    #[test]
    fn events_at_one_place_do_not_change_those_at_another() {
        let (sqs, s3) = (Place::of_monitor(Target::Sqs), Place::of_monitor(Target::S3));
        let draw = |chance: &Chance, place| chance.next(0, place).random::<u64>();
        let (alone, busy) = (Chance::of("a"), Chance::of("a"));
        let first = [draw(&alone, sqs), draw(&alone, sqs)];
        draw(&busy, s3);
        let second = [draw(&busy, sqs), draw(&busy, s3)];
        assert_eq!(first[0], second[0]);
        assert_eq!(first[1], draw(&busy, sqs));
        assert_ne!(first[0], draw(&Chance::of("b"), sqs));
    }

    #[test]
    fn normal_draws_are_spread_as_they_should() {
        let mut draws = StdRng::seed_from_u64(1);
        let mut values: Vec<f64> = (0..20_000).map(|_| normal(&mut draws)).collect();
        values.sort_by(f64::total_cmp);
        assert!(values[10_000].abs() < 0.05, "{}", values[10_000]);
        assert!((values[19_800] - 2.33).abs() < 0.15, "{}", values[19_800]);
    }
}
