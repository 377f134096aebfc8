//! What is told about the plays: a table, or JSON.

use std::fmt::Write;

use serde::Serialize;

use crate::{
    bars, naive,
    record::Record,
    scenario::Scenario,
    score::{Blame, Score, score},
};

/// One scenario that was played.
#[derive(Clone, Debug, Serialize)]
pub struct Play {
    /// Its name.
    pub scenario: String,
    /// Seconds that it took.
    pub seconds: u64,
    /// What the monitor made of it.
    pub rule: Score,
    /// What the naive rule makes of the same observations.
    pub naive: Score,
    /// Incidents that were opened by the provider's fault.
    pub incidents: usize,
    /// Outages that there were.
    pub outages: usize,
    /// Expectations of the scenario that the monitor missed.
    pub missed: Vec<String>,
}

/// All scenarios together.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// In the order in which they were played.
    pub plays: Vec<Play>,
    /// The monitor's.
    pub rule: Total,
    /// The naive rule's.
    pub naive: Total,
    /// Bars and expectations that the monitor missed.
    pub missed: Vec<String>,
}

/// One rule over all scenarios.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Total {
    /// Slots judged down for a service that is not.
    pub false_down: u32,
    /// Slots of blame.
    pub blame: Blame,
    /// Share of blamed slots that are true.
    pub precision: Option<f64>,
    /// Share of true slots that were blamed.
    pub recall: Option<f64>,
    /// Hard outages.
    pub hard: u32,
    /// Hard outages that were judged in their first slot.
    pub in_first_slot: u32,
}

impl Play {
    /// Scores a play.
    pub fn of(scenario: &Scenario, record: &Record, seconds: u64) -> Self {
        let rule = score(scenario, &record.judged());
        let naive = score(scenario, &naive::judged(record));
        let outages = bars::outages(scenario);
        let incidents = record.provider_incidents();
        let missed = bars::missed_in(scenario, &rule, incidents);
        let scenario = scenario.id.clone();
        Self { scenario, seconds, rule, naive, incidents, outages, missed }
    }
}

impl Report {
    /// Everything together, with the bars that it misses.
    pub fn of(plays: Vec<Play>) -> Self {
        let rule = Total::of(plays.iter().map(|play| &play.rule));
        let naive = Total::of(plays.iter().map(|play| &play.naive));
        let named = |play: &Play| {
            let name = play.scenario.clone();
            play.missed.clone().into_iter().map(move |missed| format!("{name}: {missed}"))
        };
        let mut missed: Vec<String> = plays.iter().flat_map(named).collect();
        missed.extend(bars::missed_by(&rule));
        Self { plays, rule, naive, missed }
    }

    /// The table, and what was missed.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "| scenario | rule | slots to detect | slots to clear | false downs | precision \
             | recall | blamed (slots) | incidents |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        );
        for play in &self.plays {
            let incidents = format!("{} of {}", play.incidents, play.outages);
            row(&mut text, &play.scenario, ("ours", &play.rule), &incidents);
            row(&mut text, "", ("naive", &play.naive), "-");
        }
        for (name, total) in [("ours", &self.rule), ("naive", &self.naive)] {
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "| **all {}** | {name} | {} of {} hard ones in their first slot | | {} | {} | {} | | |",
                self.plays.len(),
                total.in_first_slot,
                total.hard,
                total.false_down,
                ratio(total.precision),
                ratio(total.recall),
            );
        }
        if self.missed.is_empty() {
            text.push_str("\nEvery expectation and every bar was met.\n");
        } else {
            text.push_str("\nMissed:\n");
            self.missed.iter().for_each(|missed| {
                let _ = writeln!(text, "- {missed}");
            });
        }
        text
    }
}

impl Total {
    fn of<'a>(scores: impl Iterator<Item = &'a Score>) -> Self {
        let mut total = Self::default();
        for score in scores {
            total.false_down += score.false_down;
            total.blame += score.blame;
            for truth in score.truths.iter().filter(|truth| truth.is_hard) {
                total.hard += 1;
                total.in_first_slot += u32::from(truth.detected_after == Some(0));
            }
        }
        Self { precision: total.blame.precision(), recall: total.blame.recall(), ..total }
    }

    /// The share of hard outages that were judged in their first slot; none without any.
    pub fn first_slot(&self) -> Option<f64> {
        (self.hard > 0).then(|| f64::from(self.in_first_slot) / f64::from(self.hard))
    }
}

fn row(text: &mut String, scenario: &str, (rule, score): (&str, &Score), incidents: &str) {
    let of_truths = |shown: &dyn Fn(usize) -> String| {
        let shown: Vec<String> = (0..score.truths.len()).map(shown).collect();
        if shown.is_empty() { "-".into() } else { shown.join(", ") }
    };
    let detected = of_truths(&|index| {
        let truth = &score.truths[index];
        let after = truth.detected_after.map_or("never".into(), |after| after.to_string());
        format!("{} {after}", truth.service)
    });
    let ended = of_truths(&|index| score.truths[index].cleared_after.to_string());
    let blamed: Vec<String> =
        score.blamed.iter().map(|(service, slots)| format!("{service} ({slots})")).collect();
    let blamed = if blamed.is_empty() { "nobody".into() } else { blamed.join(", ") };
    let _ = writeln!(
        text,
        "| {scenario} | {rule} | {detected} | {ended} | {} | {} | {} | {blamed} | {incidents} |",
        score.false_down,
        ratio(score.blame.precision()),
        ratio(score.blame.recall()),
    );
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or("-".into(), |ratio| format!("{ratio:.2}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn play(false_down: u32, blame: Blame) -> Play {
        let score = Score {
            truths: Vec::new(),
            false_down,
            blame,
            blamed: BTreeMap::new(),
            wrong: Vec::new(),
        };
        Play {
            scenario: "sample".into(),
            seconds: 1,
            rule: score.clone(),
            naive: score,
            incidents: 0,
            outages: 0,
            missed: Vec::new(),
        }
    }

    #[test]
    fn blame_adds_up_over_scenarios_before_it_is_divided() {
        let report = Report::of(vec![
            play(0, Blame { right: 99, wrong: 0, missed: 1 }),
            play(0, Blame { right: 0, wrong: 1, missed: 0 }),
        ]);
        assert_eq!((report.rule.precision, report.rule.recall), (Some(0.99), Some(0.99)));
        assert_eq!(report.missed, Vec::<String>::new());
    }

    #[test]
    fn a_bar_that_is_missed_is_named() {
        let report = Report::of(vec![play(0, Blame { right: 90, wrong: 10, missed: 20 })]);
        assert_eq!(report.missed.len(), 2, "{:?}", report.missed);
        assert!(report.text().contains("- precision is 0.900, less than 0.95"));
    }
}
