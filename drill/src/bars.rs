//! The bars: what a scenario expects, and what all of them together have to reach.

use std::collections::BTreeMap;

use crate::{
    report::Total,
    scenario::{Scenario, Status},
    score::Score,
};

/// The least precision of blame, over all scenarios together.
pub const LEAST_PRECISION: f64 = 0.95;
/// The least recall of blame, over all scenarios together.
pub const LEAST_RECALL: f64 = 0.90;
/// The least share of hard outages that are judged in their first slot.
pub const LEAST_IN_FIRST_SLOT: f64 = 0.90;
/// Slots within which every hard outage is detected.
pub const HARD_WITHIN: i32 = 2;
/// Slots between two failures of a service that are one outage.
const SAME_OUTAGE: i32 = 10;

/// What a scenario expects and did not get.
pub fn missed_in(scenario: &Scenario, score: &Score, incidents: usize) -> Vec<String> {
    let (mut missed, outages) = (Vec::new(), outages(scenario));
    for truth in &score.truths {
        let service = &truth.service;
        if !truth.is_detected_in_time() {
            let after = truth.detected_after.map_or("never".into(), |after| after.to_string());
            missed.push(format!("{service} detected {after}, not within {}", truth.detect_within));
        }
        if truth.is_hard && truth.detected_after.is_none_or(|after| after > HARD_WITHIN) {
            missed.push(format!("{service} is a hard outage, not detected within {HARD_WITHIN}"));
        }
        if !truth.is_cleared_in_time() {
            let after = truth.cleared_after;
            missed.push(format!("{service} cleared {after}, not within {}", truth.clear_within));
        }
    }
    if score.false_down > scenario.expect.false_down {
        let mut places: BTreeMap<&str, (u32, i32)> = BTreeMap::new();
        for wrong in score.wrong.iter().filter(|wrong| wrong.said == Status::Down) {
            places.entry(&wrong.service).or_insert((0, wrong.minute)).0 += 1;
        }
        let places: Vec<String> = places
            .into_iter()
            .map(|(service, (slots, first))| format!("{service} {slots} from minute {first}"))
            .collect();
        missed.push(format!("{} false downs ({})", score.false_down, places.join(", ")));
    }
    // Two outages by one cause may be one incident.
    if incidents > outages || (outages > 0 && incidents == 0) {
        missed.push(format!("{incidents} incidents of {outages} outages"));
    }
    missed
}

/// How many outages there are: failures of a service that are close together are one.
pub fn outages(scenario: &Scenario) -> usize {
    let mut spans: Vec<(&str, i32, i32)> = scenario
        .truths
        .iter()
        .filter(|truth| matches!(truth.status, Status::Down | Status::Degraded))
        .map(|truth| (truth.service.as_str(), truth.from, truth.to))
        .collect();
    spans.sort_unstable();
    let begins = |index: usize| {
        let (service, from, _) = spans[index];
        let before = spans[..index].iter().filter(|span| span.0 == service);
        before.map(|span| span.2).max().is_none_or(|end| from - end > SAME_OUTAGE)
    };
    (0..spans.len()).filter(|index| begins(*index)).count()
}

/// The bars that all scenarios together miss.
pub fn missed_by(total: &Total) -> Vec<String> {
    let bars = [
        ("precision", total.precision, LEAST_PRECISION),
        ("recall", total.recall, LEAST_RECALL),
        ("the share detected in the first slot", total.first_slot(), LEAST_IN_FIRST_SLOT),
    ];
    let missed = |(what, found, least): (&str, Option<f64>, f64)| {
        let found = found.filter(|found| *found < least)?;
        Some(format!("{what} is {found:.3}, less than {least}"))
    };
    bars.into_iter().filter_map(missed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flapping_is_one_outage_and_two_services_are_two() {
        let truth = |service, from, to| {
            format!(
                "[[truth]]\nservice = \"{service}\"\nstatus = \"down\"\nfrom = {from}\nto = {to}\n"
            )
        };
        let truths =
            [truth("S3", 0, 3), truth("S3", 5, 8), truth("S3", 30, 33), truth("SQS", 0, 3)];
        let text = format!(
            "id = \"a\"\ntitle = \"\"\nsource = \"\"\nregion = \"r\"\nslots = 50\nonset = 8\n{}\
             [expect]\ndetect_within = 0\nclear_within = 0\nfalse_down = 0\n",
            truths.concat()
        );
        assert_eq!(outages(&Scenario::parse(&text).unwrap()), 3);
    }
}
