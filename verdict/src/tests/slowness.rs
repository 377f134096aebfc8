//! Far slower than usual is degraded, if it is so twice, and if it is not us.

use std::slice::from_ref;

use model::{Failure, Status};

use super::builders::{QUOTES, SHADES, Slot, with_normals};
use crate::{Normal, Normals, Reason};

/// Usually a step takes a few milliseconds.
fn usual() -> Normals {
    let normal = |median_us| Normal { median_us, p95_us: 2 * median_us, samples: 60 };
    [("S3", 3000), ("DynamoDB", 3000), ("EC2", 2000), (QUOTES, 1000)]
        .into_iter()
        .map(|(name, median_us)| (name.to_owned(), normal(median_us)))
        .collect()
}

#[test]
fn what_takes_far_longer_in_two_slots_is_degraded_by_its_factor() {
    let slow = Slot::healthy().lasting("s3.get_object", 900);
    let judged = with_normals(from_ref(&slow), &slow, &usual());
    assert_eq!(judged.not_up(), [("S3", Status::Degraded)]);
    assert_eq!(judged.of("S3").reason, Reason::Slow(300));
    assert_eq!(judged.row("S3").cause, Some(Failure::Slow));
    assert_eq!(judged.row("S3").latency_us, Some(902_000), "it did succeed");
}

#[test]
fn one_slow_slot_is_a_pause_of_somebodys() {
    let slow = Slot::healthy().lasting("s3.get_object", 900);
    assert!(with_normals(&[Slot::healthy()], &slow, &usual()).not_up().is_empty());
    assert!(with_normals(&[], &slow, &usual()).not_up().is_empty());
    assert!(with_normals(&[slow], &Slot::healthy(), &usual()).not_up().is_empty());
}

#[test]
fn a_few_times_next_to_nothing_is_not_slow() {
    let slow = Slot::healthy().lasting("s3.get_object", 60);
    assert!(with_normals(from_ref(&slow), &slow, &usual()).not_up().is_empty());
}

#[test]
fn without_history_nothing_is_slow() {
    let slow = Slot::healthy().lasting("s3.get_object", 9000);
    assert!(with_normals(from_ref(&slow), &slow, &Normals::new()).not_up().is_empty());
    let few = usual().into_iter().map(|(name, normal)| (name, Normal { samples: 4, ..normal }));
    assert!(with_normals(from_ref(&slow), &slow, &few.collect()).not_up().is_empty());
}

#[test]
fn a_first_call_that_is_slow_while_those_after_it_are_not_is_a_cold_start() {
    let mut cold = Slot::healthy().mixed("s3.get_object", 0, 3);
    let first = cold.0.iter_mut().find(|seen| seen.step == "get_object" && seen.attempt == 1);
    first.unwrap().total_us = Some(900_000);
    assert!(with_normals(&[cold.clone()], &cold, &usual()).not_up().is_empty());
}

#[test]
fn an_application_that_is_slow_does_not_make_its_machine_so() {
    let slow = Slot::healthy().lasting("quotes.get_quote", 700);
    let judged = with_normals(from_ref(&slow), &slow, &usual());
    assert_eq!(judged.not_up(), [(QUOTES, Status::Degraded)]);
    let slow = slow.without("ec2");
    let judged = with_normals(from_ref(&slow), &slow, &usual());
    assert_eq!(judged.not_up(), [(QUOTES, Status::Degraded)]);
}

#[test]
fn a_function_that_is_slow_explains_its_gateway() {
    let slow = Slot::healthy().lasting("lambda.invoke", 900).lasting("shades.get_shade", 920);
    let mut usual = usual();
    for name in ["Lambda", "API Gateway", SHADES] {
        usual.insert(name.into(), Normal { median_us: 1000, p95_us: 2000, samples: 60 });
    }
    let judged = with_normals(from_ref(&slow), &slow, &usual);
    assert_eq!(judged.not_up(), [("Lambda", Status::Degraded), (SHADES, Status::Degraded)]);
    assert_eq!(judged.row("API Gateway").latency_us, None, "not what is usual of it");
    let gateway = Slot::healthy().lasting("shades.get_shade", 920);
    let judged = with_normals(from_ref(&gateway), &gateway, &usual);
    assert_eq!(judged.not_up(), [("API Gateway", Status::Degraded), (SHADES, Status::Degraded)]);
}

#[test]
fn when_control_targets_are_slow_too_it_is_us() {
    let slow = Slot::healthy()
        .lasting("s3.get_object", 900)
        .lasting("control.reach_1", 900)
        .lasting("control.reach_2", 900)
        .lasting("control.reach_3", 900);
    let mut before = vec![Slot::healthy(); 6];
    before.push(slow.clone());
    assert!(with_normals(&before, &slow, &usual()).not_up().is_empty());
}

#[test]
fn a_normal_is_the_middle_and_the_end_of_its_latencies() {
    let normal = Normal::of((1..=100).rev().collect()).unwrap();
    assert_eq!(normal, Normal { median_us: 50, p95_us: 95, samples: 100 });
    assert_eq!(Normal::of(Vec::new()), None);
}
