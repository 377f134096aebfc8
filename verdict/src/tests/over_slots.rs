//! What several slots say together: shares, lost packets, ends of outages.

use std::slice::from_ref;

use Status::{Degraded, Down, Unknown, Up};
use model::{Failure, Status};
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::builders::{SHADES, Slot, course, judged_after, minute};
use crate::{Evidence, Normals, PROBES, Past, judge};

const INVOKE: &str = "lambda.invoke";

/// Slots in which each attempt of a call fails by chance, asked as often as the runner does: at
/// first three times, after a failure eight times, each failure repeated twice.
fn by_chance(share: f64, slots: usize, random: &mut StdRng) -> Vec<Slot> {
    let mut trouble = 0;
    let mut one = || {
        let (mut failed, mut of) = (0, 0);
        let mut runs = if trouble > 0 { 8 } else { 3 };
        let mut run = 0;
        while run < runs {
            run += 1;
            for _ in 0..3 {
                of += 1;
                if !random.random_bool(share) {
                    break;
                }
                failed += 1;
            }
            if failed == of && failed == 3 {
                break;
            }
            if failed > 0 {
                runs = 8;
            }
        }
        trouble = if failed > 0 { 3 } else { trouble - i32::from(trouble > 0) };
        Slot::healthy().mixed(INVOKE, failed, of)
    };
    (0..slots).map(|_| one()).collect()
}

#[test]
fn one_connection_in_a_hundred_that_is_lost_is_nobodys_outage() {
    let slots = by_chance(0.01, 1500, &mut StdRng::seed_from_u64(1));
    assert!(slots.iter().any(|slot| slot.0.iter().any(|seen| seen.failure.is_some())));
    assert!(course(&slots, "Lambda").iter().all(|status| *status == Up));
}

#[test]
fn a_third_of_the_calls_that_fail_degrade_within_six_slots_and_stay_so() {
    let mut late = 0;
    for seed in 0..60 {
        let mut random = StdRng::seed_from_u64(seed);
        let slots = by_chance(0.3, 40, &mut random);
        let statuses = course(&slots, "Lambda");
        late += usize::from(statuses[..6].iter().all(|status| *status == Up));
        let blamed = statuses[6..].iter().filter(|status| **status != Up).count();
        assert!(blamed >= 29, "{blamed} of 34 slots at seed {seed}: {statuses:?}");
    }
    assert!(late <= 2, "{late} of 60 were late");
}

#[test]
fn nine_of_ten_calls_that_fail_are_down_at_once() {
    for seed in 0..60 {
        let slots = by_chance(0.9, 10, &mut StdRng::seed_from_u64(seed));
        let statuses = course(&slots, "Lambda");
        assert!(statuses[..2].iter().any(|status| *status != Up), "{seed}: {statuses:?}");
        assert!(statuses[2..].iter().all(|status| *status != Up), "{seed}: {statuses:?}");
    }
}

#[test]
fn a_share_that_has_ended_is_cleared_after_two_clean_slots() {
    let mut slots = vec![Slot::healthy().mixed(INVOKE, 2, 7); 5];
    slots.extend(vec![Slot::healthy().mixed(INVOKE, 0, 5); 3]);
    let statuses = course(&slots, "Lambda");
    assert_eq!(statuses[2..], [Degraded, Degraded, Degraded, Degraded, Up, Up]);
}

#[test]
fn a_hard_outage_begins_and_ends_in_its_slot() {
    let out = || Slot::healthy().failing("dynamodb.put_item", Failure::Connect);
    let slots = [Slot::healthy(), out(), out(), out(), Slot::healthy(), out(), Slot::healthy()];
    assert_eq!(course(&slots, "DynamoDB"), [Up, Down, Down, Down, Up, Down, Up]);
}

#[test]
fn a_gateway_that_loses_a_share_is_degraded_while_its_function_is_not() {
    let slot = Slot::healthy().mixed("shades.get_shade", 3, 7);
    let before = [slot.clone(), slot.clone()];
    let judged = judged_after(&before, &slot);
    assert_eq!(judged.status("API Gateway"), Degraded);
    assert_eq!(judged.status("Lambda"), Up);
    assert_eq!(judged.row("API Gateway").cause, Some(Failure::Intermittent));
}

#[test]
fn a_function_that_begins_to_waver_is_not_its_gateways_fault() {
    let slot = Slot::healthy().mixed("shades.get_shade", 3, 7).mixed(INVOKE, 1, 4);
    let judged = judged_after(from_ref(&slot), &slot);
    assert_eq!(judged.status("API Gateway"), Up);
    assert_eq!(judged.status(SHADES), Degraded);
    let alone = Slot::healthy().mixed("shades.get_shade", 3, 7);
    assert_eq!(judged_after(from_ref(&alone), &alone).status("API Gateway"), Degraded);
}

#[test]
fn connections_that_are_lost_to_control_targets_too_blame_nobody() {
    let slot = || {
        let slot = Slot::healthy().mixed("control.reach_1", 2, 5).mixed(INVOKE, 3, 7);
        slot.mixed("sqs.get_queue", 3, 3)
    };
    let judged = judged_after(&[slot(), slot()], &slot());
    assert_eq!(judged.status("Lambda"), Up);
    assert_ne!(judged.status("SQS"), Down);
    assert_ne!(judged.status("SQS"), Degraded);
}

#[test]
fn slots_out_of_order_twice_or_of_the_future_change_nothing() {
    let failing = Slot::healthy().mixed(INVOKE, 3, 7).0;
    let at = |n: i64| Past { slot: minute(n), observations: failing.clone() };
    let judge = |recent: &[Past]| {
        let normals = Normals::new();
        let slot = minute(0);
        judge(&Evidence { catalogue: PROBES, slot, round: &failing, recent, normals: &normals })
    };
    let in_order = judge(&[at(-3), at(-2), at(-1)]);
    assert_eq!(in_order, judge(&[at(-1), at(5), at(-3), at(-2), at(-1), at(0)]));
    assert_eq!(judge(&[]), judge(&[at(1), at(600), at(-600)]), "a clock that leapt");
}

#[test]
fn a_slot_long_ago_does_not_continue_a_share() {
    let failing = Slot::healthy().mixed(INVOKE, 4, 8).0;
    let long_ago = [-14, -13, -12].map(|n| Past { slot: minute(n), observations: failing.clone() });
    let normals = Normals::new();
    let round = Slot::healthy().0;
    let verdicts = judge(&Evidence {
        catalogue: PROBES,
        slot: minute(0),
        round: &round,
        recent: &long_ago,
        normals: &normals,
    });
    assert!(verdicts.iter().all(|verdict| verdict.measurement.status != Unknown));
    let lambda = verdicts.iter().find(|verdict| verdict.measurement.service == "Lambda").unwrap();
    assert_eq!(lambda.measurement.status, Up);
}
