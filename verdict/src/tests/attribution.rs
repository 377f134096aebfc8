//! Whom a round blames, and whom it exonerates.

use Status::{Degraded, Down, Unknown};
use model::{Failure, Status};

use super::builders::{FILES, GAME, QUOTES, SHADES, Slot, judged_after};
use crate::Reason;

#[test]
fn a_healthy_round_is_up_everywhere() {
    let judged = Slot::healthy().alone();
    assert_eq!(judged.0.len(), 11, "seven services and four applications");
    assert!(judged.not_up().is_empty(), "{judged:?}");
    assert_eq!(judged.row(GAME).latency_us, Some(3000), "three steps of 1 ms");
    assert_eq!(judged.row("SQS").latency_us, Some(4000), "the direct call's four steps");
    assert!(
        judged
            .0
            .iter()
            .all(|judged| { judged.measurement.global == (judged.measurement.service == "IAM") })
    );
    assert_eq!(judged.planes("EC2").control, Some(Status::Up));
    assert_eq!(judged.planes("EC2").data, None, "no direct call reads a machine's data");
    assert_eq!(judged.planes("EC2").end_to_end, Some(Status::Up));
}

#[test]
fn an_empty_round_judges_nothing() {
    assert!(Slot(Vec::new()).alone().0.is_empty());
}

#[test]
fn a_service_that_refuses_takes_its_application_along_and_nobody_else() {
    let round = Slot::healthy()
        .failing("dynamodb.put_item", Failure::Connect)
        .failing("voting_game.get_topic", Failure::Http5xx);
    let judged = round.alone();
    assert_eq!(judged.not_up(), [("DynamoDB", Down), (GAME, Down)]);
    assert_eq!(judged.row("DynamoDB").cause, Some(Failure::Connect));
    assert_eq!(judged.of(GAME).reason, Reason::Explained("DynamoDB".into()));
    assert_eq!(judged.row("DynamoDB").latency_us, None);
}

#[test]
fn an_application_that_lives_on_old_connections_exonerates_nobody() {
    // 2025-10-20: the record was gone, and whoever was connected went on for a while.
    let round = Slot::healthy().failing("dynamodb.put_item", Failure::Resolve).resolving("quotes");
    assert_eq!(round.alone().not_up(), [("DynamoDB", Down)]);
}

#[test]
fn an_application_that_fails_while_its_services_work_is_our_bug() {
    for failure in [Failure::Http5xx, Failure::Connect, Failure::Reset, Failure::Body] {
        let round = Slot::healthy().failing("voting_game.get_topic", failure);
        assert_eq!(round.alone().not_up(), [(GAME, Down)], "{failure:?}");
        let round = Slot::healthy().failing("quotes.get_quote", failure);
        assert_eq!(round.alone().not_up(), [(QUOTES, Down)], "{failure:?}");
    }
}

#[test]
fn one_silent_machine_of_several_degrades_the_service() {
    let round = Slot::healthy().failing("quotes.get_quote", Failure::Timeout);
    let judged = round.alone();
    assert_eq!(judged.not_up(), [("EC2", Degraded), (QUOTES, Down)]);
    assert_eq!(judged.planes("EC2").control, Some(Status::Up));
    assert_eq!(judged.planes("EC2").end_to_end, Some(Degraded));
}

#[test]
fn when_every_machine_is_silent_the_service_is_down() {
    let round = Slot::healthy()
        .failing("quotes.get_quote", Failure::Timeout)
        .failing("voting_game.get_topic", Failure::Timeout);
    assert_eq!(round.alone().status("EC2"), Down);
}

#[test]
fn a_program_that_hangs_with_its_table_does_not_accuse_the_machine() {
    let round = Slot::healthy()
        .failing("dynamodb.put_item", Failure::Timeout)
        .failing("voting_game.get_topic", Failure::Timeout);
    assert_eq!(round.alone().not_up(), [("DynamoDB", Down), (GAME, Down)]);
}

#[test]
fn machines_that_run_while_their_control_plane_is_away_are_a_degraded_service() {
    // 2021-12-07: the API of EC2 failed for hours, and instances ran.
    let mut round = Slot::healthy();
    for step in ["ec2.describe_instance_status", "ec2.describe_instances"] {
        round = round.failing(step, Failure::Http5xx);
    }
    let judged = round.alone();
    assert_eq!(judged.not_up(), [("EC2", Degraded)]);
    assert_eq!(judged.planes("EC2").control, Some(Down));
}

#[test]
fn the_gateway_is_to_blame_when_its_function_works() {
    let judged = Slot::healthy().failing("shades.get_shade", Failure::Http5xx).alone();
    assert_eq!(judged.not_up(), [("API Gateway", Down), (SHADES, Down)]);
}

#[test]
fn one_culprit_explains_the_function_and_its_gateway() {
    let round = Slot::healthy()
        .failing("shades.get_shade", Failure::Http5xx)
        .failing("lambda.invoke", Failure::Http5xx);
    let judged = round.alone();
    let expected = [("API Gateway", Unknown), ("Lambda", Down), (SHADES, Down)];
    assert_eq!(judged.not_up(), expected);
}

#[test]
fn of_two_suspects_without_an_alibi_neither_is_blamed() {
    let round = Slot::healthy().without("lambda").failing("shades.get_shade", Failure::Timeout);
    let judged = round.alone();
    assert_eq!(judged.status("Lambda"), Unknown);
    assert_eq!(judged.status("API Gateway"), Unknown);
}

#[test]
fn a_function_that_fails_may_be_our_code() {
    let judged = Slot::healthy().failing("lambda.invoke", Failure::FunctionError).alone();
    assert_eq!(judged.not_up(), [("Lambda", Unknown)]);
}

#[test]
fn what_worked_and_is_answered_wrongly_now_has_changed_on_the_other_side() {
    let garbled = Slot::healthy().failing("sqs.get_queue", Failure::Body);
    assert_eq!(garbled.alone().status("SQS"), Unknown, "it may never have been right");
    assert_eq!(judged_after(&[Slot::healthy()], &garbled).row("SQS").cause, Some(Failure::Body));
    assert!(matches!(judged_after(&[Slot::healthy()], &garbled).status("SQS"), Down | Degraded));
}

#[test]
fn reads_that_work_while_writes_fail_are_degraded() {
    let s3 = Slot::healthy().failing("s3.put_object", Failure::Http5xx);
    assert_eq!(s3.alone().not_up(), [("S3", Degraded)]);
    let table = Slot::healthy().failing("dynamodb.put_item", Failure::Http5xx);
    assert_eq!(table.alone().not_up(), [("DynamoDB", Degraded)]);
}

#[test]
fn a_bucket_that_answers_nobody_is_down() {
    let round = Slot::healthy()
        .failing("s3.put_object", Failure::Http5xx)
        .failing("beacon.get_file", Failure::Http5xx);
    assert_eq!(round.alone().not_up(), [("S3", Down), (FILES, Down)]);
    let without = Slot::healthy().without("s3").failing("beacon.get_file", Failure::Http5xx);
    assert_eq!(without.alone().not_up(), [("S3", Down), (FILES, Down)]);
}

#[test]
fn a_file_with_other_content_is_no_proof_against_the_provider() {
    let round = Slot::healthy().without("s3").failing("beacon.get_file", Failure::Body);
    assert_eq!(round.alone().not_up(), [("S3", Unknown), (FILES, Down)]);
}

#[test]
fn messages_that_stay_away_degrade_the_queue() {
    let round = Slot::healthy()
        .failing("sqs.receive_message", Failure::NotVisible)
        .failing("voting_game.read_vote", Failure::NotVisible);
    let judged = round.alone();
    assert_eq!(judged.not_up(), [("SQS", Degraded), (GAME, Down)]);
    assert_eq!(judged.of("SQS").reason, Reason::NotDelivered);
}

#[test]
fn a_vote_that_stays_away_while_queue_and_table_work_is_our_worker() {
    let round = Slot::healthy().failing("voting_game.read_vote", Failure::NotVisible);
    assert_eq!(round.alone().not_up(), [(GAME, Down)]);
}

#[test]
fn contradictory_calls_are_a_part_that_fails() {
    let round = Slot::healthy().failing("lambda.invoke", Failure::Http5xx);
    assert_eq!(round.alone().not_up(), [("Lambda", Degraded)]);
}

#[test]
fn without_its_direct_call_a_service_is_up_by_its_use() {
    let judged = Slot::healthy().without("lambda").without("ec2").alone();
    assert!(judged.not_up().is_empty());
    assert_eq!(judged.row("EC2").latency_us, Some(3000), "probes run at the same time");
}

#[test]
fn a_step_that_was_only_skipped_proves_nothing() {
    let mut round = Slot::healthy();
    for seen in round.0.iter_mut().filter(|seen| seen.probe == "iam" || seen.probe == "quotes") {
        seen.outcome = model::Outcome::Skipped;
    }
    let judged = round.alone();
    assert!(judged.0.iter().all(|judged| judged.measurement.service != "IAM"));
    assert!(judged.not_up().is_empty());
}

#[test]
fn a_verdict_names_the_steps_that_it_rests_on() {
    let round = Slot::healthy().failing("shades.get_shade", Failure::Http5xx).alone();
    let rests_on = &round.of("API Gateway").rests_on;
    assert_eq!(rests_on.len(), 1);
    assert_eq!((rests_on[0].probe, rests_on[0].step), ("shades", "get_shade"));
}
