//! Other people's clocks: how far ours is from the `Date` of whoever answers.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, header};

/// 3 answers: two of them that agree are right about the third.
const ENOUGH: usize = 3;

/// 500 answers: more than a round has.
const AT_MOST: usize = 500;

/// How far our clock was ahead of each answer's, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clocks(Arc<Mutex<Vec<TimeDelta>>>);

impl Clocks {
    /// Notes what an answer says that came right now.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else {
            return;
        };
        let ahead = Utc::now().signed_duration_since(date);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < AT_MOST {
            known.push(ahead);
        }
    }

    /// How far our clock is ahead: in the middle of all answers, so that a single one with an old
    /// date does not decide. `None` when too few came.
    pub(crate) fn ahead(&self) -> Option<TimeDelta> {
        let mut ahead = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ahead.sort_unstable();
        (ahead.len() >= ENOUGH).then(|| ahead[ahead.len() / 2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(ahead: TimeDelta) -> HeaderMap {
        let date = (Utc::now() - ahead).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        HeaderMap::from_iter([(header::DATE, date.parse().unwrap())])
    }

    #[test]
    fn one_answer_with_an_old_date_does_not_decide() {
        let clocks = Clocks::default();
        for ahead in [TimeDelta::hours(9), TimeDelta::zero(), TimeDelta::zero()] {
            clocks.note(&dated(ahead));
        }
        assert!(clocks.ahead().unwrap() < TimeDelta::seconds(5));
    }

    #[test]
    fn a_clock_that_everybody_contradicts_is_off() {
        let clocks = Clocks::default();
        for _ in 0..3 {
            clocks.note(&dated(TimeDelta::minutes(10)));
        }
        let ahead = clocks.ahead().unwrap();
        assert!((TimeDelta::minutes(10)..TimeDelta::seconds(605)).contains(&ahead), "{ahead}");
    }

    #[test]
    fn too_few_answers_say_nothing() {
        let clocks = Clocks::default();
        clocks.note(&dated(TimeDelta::hours(9)));
        clocks.note(&HeaderMap::new());
        assert_eq!(clocks.ahead(), None);
    }
}
