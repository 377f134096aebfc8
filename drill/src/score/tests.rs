//! Worked examples of scores.

use super::*;

/// 20 slots from minute -5 on; `detect_within` 2, `clear_within` 3.
fn scenario(truths: &str) -> Scenario {
    let text = format!(
        "id = \"sample\"\ntitle = \"\"\nsource = \"\"\nregion = \"us-east-1\"\nslots = 20\nonset = 5\n\
         {truths}\n[expect]\ndetect_within = 2\nclear_within = 3\nfalse_down = 0\n"
    );
    Scenario::parse(&text).unwrap()
}

fn truth(service: &str, status: &str, (from, to): (i32, i32)) -> String {
    format!("[[truth]]\nservice = \"{service}\"\nstatus = \"{status}\"\nfrom = {from}\nto = {to}\n")
}

/// All services up, but for what is said otherwise.
fn said(scenario: &Scenario, otherwise: &[(&str, Status, std::ops::Range<i32>)]) -> Judged {
    let mut judged = Judged::new();
    for service in SERVICES {
        for minute in scenario.minutes() {
            judged.insert((service.to_owned(), minute), Status::Up);
        }
    }
    for (service, status, minutes) in otherwise {
        for minute in minutes.clone() {
            judged.insert(((*service).to_owned(), minute), *status);
        }
    }
    judged
}

#[test]
fn a_perfect_verdict_is_all_right() {
    let scenario = scenario(&truth("S3", "down", (0, 10)));
    let score = score(&scenario, &said(&scenario, &[("S3", Status::Down, 0..10)]));
    // Minutes 2 to 6: the first two and the last three of the ten do not count.
    assert_eq!(score.blame, Blame { right: 5, wrong: 0, missed: 0 });
    assert_eq!((score.false_down, score.blamed["S3"]), (0, 10));
    assert_eq!(score.truths[0].detected_after, Some(0));
    assert_eq!(score.truths[0].cleared_after, Cleared::After(0));
}

#[test]
fn whoever_is_blamed_for_another_costs_precision_and_recall() {
    let scenario = scenario(&truth("DynamoDB", "down", (0, 10)));
    let score = score(&scenario, &said(&scenario, &[("EC2", Status::Down, 0..10)]));
    assert_eq!(score.blame, Blame { right: 0, wrong: 10, missed: 5 });
    assert_eq!(score.false_down, 10);
    assert_eq!((score.blame.precision(), score.blame.recall()), (Some(0.0), Some(0.0)));
    assert!(!score.truths[0].is_detected_in_time());
}

#[test]
fn degraded_blames_as_down_does_and_is_no_false_down() {
    let scenario = scenario(&truth("S3", "down", (0, 10)));
    let judged = [("S3", Status::Degraded, 0..10), ("SQS", Status::Degraded, 3..5)];
    let score = score(&scenario, &said(&scenario, &judged));
    assert_eq!(score.blame, Blame { right: 5, wrong: 2, missed: 0 });
    assert_eq!(score.false_down, 0);
}

#[test]
fn late_and_lingering_blame_is_measured_in_slots() {
    let scenario = scenario(&truth("S3", "down", (0, 8)));
    let score = score(&scenario, &said(&scenario, &[("S3", Status::Down, 3..10)]));
    assert_eq!(score.truths[0].detected_after, Some(3));
    assert!(!score.truths[0].is_detected_in_time());
    assert_eq!(score.truths[0].cleared_after, Cleared::After(2));
    assert!(score.truths[0].is_cleared_in_time());
    // Minutes 2, 3 and 4 count of the truth; 8 and 9 are after it.
    assert_eq!(score.blame, Blame { right: 2, wrong: 2, missed: 1 });
    assert_eq!(score.false_down, 2);
}

#[test]
fn what_nobody_can_know_must_be_said_to_be_unknown_and_blames_nobody() {
    let scenario = scenario(&truth("*", "unknown", (0, 8)));
    let unknown: Vec<_> = SERVICES.map(|service| (service, Status::Unknown, 1..8)).into();
    let right = score(&scenario, &said(&scenario, &unknown));
    assert_eq!(right.truths[0].detected_after, Some(1));
    assert_eq!((right.blame, right.false_down), (Blame::default(), 0));

    let mut wolf = unknown.clone();
    wolf.push(("EC2", Status::Down, 0..8));
    let wrong = score(&scenario, &said(&scenario, &wolf));
    assert_eq!(wrong.truths[0].detected_after, None);
    assert_eq!((wrong.blame.wrong, wrong.false_down), (3, 3));
}

#[test]
fn a_truth_that_another_follows_need_not_clear() {
    let both = truth("S3", "down", (0, 6)) + &truth("S3", "degraded", (6, 12));
    let scenario = scenario(&both);
    let score = score(&scenario, &said(&scenario, &[("S3", Status::Down, 0..12)]));
    assert_eq!(score.truths[0].cleared_after, Cleared::NotAsked);
    assert_eq!(score.truths[1].detected_after, Some(0));
    assert_eq!(score.truths[1].cleared_after, Cleared::After(0));
}

#[test]
fn what_never_clears_is_told_from_what_had_no_time_to() {
    let ends_early = scenario(&truth("S3", "down", (0, 8)));
    let lasting = said(&ends_early, &[("S3", Status::Down, 0..15)]);
    assert_eq!(score(&ends_early, &lasting).truths[0].cleared_after, Cleared::Never);
    let ends_late = scenario(&truth("S3", "down", (0, 13)));
    let score = score(&ends_late, &said(&ends_late, &[("S3", Status::Down, 0..15)]));
    assert_eq!(score.truths[0].cleared_after, Cleared::NotAsked);
    assert!(score.truths[0].is_cleared_in_time());
}

#[test]
fn a_slot_without_a_row_is_neither_blame_nor_up() {
    let scenario = scenario(&truth("S3", "down", (0, 8)));
    let mut judged = said(&scenario, &[("S3", Status::Down, 0..8)]);
    judged.remove(&("S3".to_owned(), 4));
    judged.remove(&("S3".to_owned(), 8));
    let score = score(&scenario, &judged);
    assert_eq!(score.blame.missed, 1);
    assert_eq!(score.truths[0].cleared_after, Cleared::After(1));
}

#[test]
fn an_outage_for_everybody_is_hard_and_one_for_a_share_is_not() {
    let fault = "[[fault]]\ntarget = \"s3\"\nkind = \"status\"\nstatus = 503\nfrom = 0\nto = 8\n";
    let hard = scenario(&(truth("S3", "down", (0, 8)) + fault));
    let judged = said(&hard, &[]);
    assert!(score(&hard, &judged).truths[0].is_hard);
    let some = scenario(&(truth("S3", "down", (0, 8)) + fault + "share = 0.9\n"));
    assert!(!score(&some, &judged).truths[0].is_hard);
}
