//! What control targets say over the slots: what we lose by a share, and how late we are.

use std::collections::HashMap;

use model::{Outcome, observation::Observation};

use crate::{
    history::{History, Round, Tried, tally},
    judgement::StepName,
    share::{self, Share, Tally},
    slow::Normal,
};

/// The share that control targets lose in this way, slot by slot. What only one of several loses
/// is its own.
pub(crate) fn losing(
    history: &History,
    is_lost: impl Fn(&Observation) -> bool,
) -> Vec<Option<Share>> {
    let mut tallies: HashMap<&str, Vec<Tally>> = HashMap::new();
    let of_round = |round: &Round| {
        for tried in round.control() {
            let lost = tried.attempts.iter().filter(|seen| is_lost(seen)).count();
            if let Some(tally) = tally(round.slot, lost, tried.attempts.len()) {
                tallies.entry(tried.step.name).or_default().push(tally);
            }
        }
        let shares = tallies.values().filter_map(|tallies| share::lost(tallies, round.slot));
        let losing: Vec<Share> = shares.collect();
        let enough = losing.len() >= round.control().count().clamp(1, 2);
        losing.into_iter().max_by_key(|share| share.failed).filter(|_| enough)
    };
    history.rounds().map(of_round).collect()
}

/// The steps that failed in every attempt of this slot and of those before it, as what we lose
/// does, and more often in a row than what we lose explains.
pub(crate) fn unexplained(history: &History) -> Vec<StepName> {
    let ours = &history.now.ours;
    let shares = [ours.lossy, ours.refused].into_iter().flatten();
    let Some(share) = shares.max_by_key(|share| share.failed) else { return Vec::new() };
    let is_unexplained = |tried: &&Tried| {
        let in_a_row = fails_in_a_row(history, tried);
        in_a_row.len() > 1 && !share.explains(in_a_row.iter().sum())
    };
    history.now.steps.iter().filter(is_unexplained).map(Tried::name).collect()
}

/// The attempts of each of the last slots in which all of them failed as what we lose does.
fn fails_in_a_row(history: &History, tried: &Tried) -> Vec<usize> {
    let may_be_lost = |seen: &&Observation| history.now.ours.may_be_lost(seen);
    let fails = |same: &&Tried| same.fails() && same.attempts.iter().all(&may_be_lost);
    let rounds = history.rounds().rev();
    let failing =
        rounds.map_while(|round| round.find(tried.probe.name, tried.step.name).filter(fails));
    failing.map(|same| same.attempts.len()).collect()
}

/// Whether control targets answer far slower than in the slots before, or a share of what they
/// answer comes far slower: then we are slow.
pub(crate) fn is_slow(history: &History) -> bool {
    let Some(usual) = usual(history) else { return false };
    let is_far_off = |us: i64| usual.times(us).is_some();
    typical_us(history).is_some_and(is_far_off) || is_slow_at_times(history, is_far_off)
}

/// Each target, in a quarter of the recent attempts.
fn is_slow_at_times(history: &History, is_far_off: impl Fn(i64) -> bool) -> bool {
    let of_round = |round: &Round, target: &Tried| {
        let tried = round.find(target.probe.name, target.step.name)?;
        let works = tried.attempts.iter().filter(|seen| seen.outcome == Outcome::Succeeded);
        let times: Vec<i64> = works.filter_map(|seen| seen.total_us.map(i64::from)).collect();
        tally(round.slot, times.iter().filter(|us| is_far_off(**us)).count(), times.len())
    };
    let is_slow = |target: &Tried| {
        let tallies: Vec<Tally> = history.rounds().filter_map(|r| of_round(r, target)).collect();
        share::is_often(&tallies, history.now.slot)
    };
    history.now.control().next().is_some() && history.now.control().all(is_slow)
}

/// What an exchange may take longer now for our sake alone, in microseconds: twice what one with
/// a control target does, for one with a service may go there and back more often.
pub(crate) fn our_delay_us(history: &History) -> i64 {
    let delay = typical_us(history).zip(usual(history));
    delay.map_or(0, |(now, usual)| 2 * (now - usual.median_us).max(0))
}

/// How long the quickest target takes now: one that is slow by itself says nothing about us.
fn typical_us(history: &History) -> Option<i64> {
    history.now.control().filter_map(Tried::typical_us).min()
}

/// How long the targets took in the slots before.
fn usual(history: &History) -> Option<Normal> {
    let earlier = history.earlier.iter().flat_map(Round::control);
    let usual = Normal::of(earlier.filter_map(Tried::typical_us).collect())?;
    Some(Normal { p95_us: usual.median_us, ..usual })
}
