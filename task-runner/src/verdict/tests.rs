//! The verdict on rounds that are written down step by step.

use chrono::Utc;
use model::{
    Failure, Outcome, Phase, Status,
    measurement::Measurement,
    observation::{Observation, Phases},
};

use super::judge;
use crate::registry::PROBES;

/// A round in which every step succeeded, after 1 ms each.
fn healthy() -> Vec<Observation> {
    let steps = PROBES.iter().flat_map(|probe| probe.steps.iter().map(move |step| (probe, step)));
    steps
        .map(|(probe, step)| Observation {
            probe: probe.name.into(),
            step: step.name.into(),
            services: step.needs.iter().map(|&need| need.into()).collect(),
            attempt: 1,
            started_at: Utc::now(),
            outcome: Outcome::Succeeded,
            failure: None,
            phase: None,
            http_status: Some(200),
            request_id: None,
            phases: Phases::default(),
            total_us: Some(1000),
            detail: None,
        })
        .collect()
}

/// The same round, but a step (`probe.step`) failed, and what comes after it was skipped.
fn failing(mut round: Vec<Observation>, step: &str, failure: Failure) -> Vec<Observation> {
    let (probe, step) = step.split_once('.').expect("probe.step");
    let mut failed = false;
    for seen in round.iter_mut().filter(|seen| seen.probe == probe) {
        if failed {
            seen.outcome = Outcome::Skipped;
        } else if seen.step == step {
            failed = true;
            seen.outcome = Outcome::Failed;
            seen.failure = Some(failure);
        }
    }
    assert!(failed, "{probe} has the step {step}");
    round
}

fn without(round: Vec<Observation>, probe: &str) -> Vec<Observation> {
    round.into_iter().filter(|seen| seen.probe != probe).collect()
}

fn of<'a>(measurements: &'a [Measurement], name: &str) -> &'a Measurement {
    measurements.iter().find(|judged| judged.service == name).expect("judged")
}

fn status(round: &[Observation], name: &str) -> Status {
    of(&judge(PROBES, round), name).status
}

/// Everything that is not up, with its status.
fn not_up(round: &[Observation]) -> Vec<(String, Status)> {
    judge(PROBES, round)
        .into_iter()
        .filter(|judged| judged.status != Status::Up)
        .map(|judged| (judged.service.into_owned(), judged.status))
        .collect()
}

fn list(expected: &[(&str, Status)]) -> Vec<(String, Status)> {
    expected.iter().map(|(name, status)| ((*name).to_owned(), *status)).collect()
}

const GAME: &str = "SQS + EC2 Voting Game";
const SHADES: &str = "Lambda Random Shade Generator";

#[test]
fn a_healthy_round_is_up_everywhere() {
    let judged = judge(PROBES, &healthy());
    assert_eq!(judged.len(), 11, "seven services and four applications");
    assert!(judged.iter().all(|judged| judged.status == Status::Up && judged.cause.is_none()));
    assert_eq!(of(&judged, GAME).latency_us, Some(3000), "three steps of 1 ms");
    assert_eq!(of(&judged, "SQS").latency_us, Some(4000), "the direct call's four steps");
    assert!(judged.iter().all(|judged| judged.global == (judged.service == "IAM")));
}

#[test]
fn an_empty_round_judges_nothing() {
    assert!(judge(PROBES, &[]).is_empty());
}

#[test]
fn a_failed_direct_call_is_down_and_spares_the_others() {
    let round = failing(healthy(), "dynamodb.put_item", Failure::Connect);
    let round = failing(round, "voting_game.get_topic", Failure::Http5xx);
    assert_eq!(not_up(&round), list(&[("DynamoDB", Status::Down), (GAME, Status::Down)]));
    assert_eq!(of(&judge(PROBES, &round), "DynamoDB").cause, Some(Failure::Connect));
}

#[test]
fn a_failed_step_has_no_latency() {
    let round = failing(healthy(), "sqs.receive_message", Failure::Timeout);
    assert_eq!(of(&judge(PROBES, &round), "SQS").latency_us, None);
}

#[test]
fn an_application_that_fails_while_its_services_work_is_our_bug() {
    let round = failing(healthy(), "voting_game.get_topic", Failure::Http5xx);
    assert_eq!(not_up(&round), list(&[(GAME, Status::Down)]));
}

#[test]
fn the_gateway_is_to_blame_when_its_function_works() {
    let round = failing(healthy(), "shades.get_shade", Failure::Http5xx);
    assert_eq!(not_up(&round), list(&[("API Gateway", Status::Down), (SHADES, Status::Down)]));
}

#[test]
fn the_gateway_is_not_to_blame_when_its_function_fails() {
    let round = failing(healthy(), "shades.get_shade", Failure::Http5xx);
    let round = failing(round, "lambda.invoke", Failure::Http5xx);
    assert_eq!(status(&round, "Lambda"), Status::Down);
    assert_eq!(status(&round, "API Gateway"), Status::Unknown);
}

#[test]
fn a_function_that_fails_may_be_our_code() {
    let round = failing(healthy(), "lambda.invoke", Failure::FunctionError);
    assert_eq!(not_up(&round), list(&[("Lambda", Status::Unknown)]));
}

#[test]
fn a_resolver_that_never_answers_is_ours() {
    let mut round = failing(healthy(), "dynamodb.put_item", Failure::Timeout);
    let seen = round.iter_mut().find(|seen| seen.step == "put_item").expect("there");
    seen.phase = Some(Phase::Resolve);
    assert_eq!(status(&round, "DynamoDB"), Status::Unknown);
    let seen = round.iter_mut().find(|seen| seen.step == "get_quote").expect("there");
    seen.phases.resolve_us = Some(800);
    assert_eq!(status(&round, "DynamoDB"), Status::Down);
}

#[test]
fn probes_that_run_at_the_same_time_do_not_add_up() {
    let round = without(healthy(), "ec2");
    let judged = judge(PROBES, &round);
    assert_eq!(of(&judged, "EC2").latency_us, Some(3000), "the game's three steps of 1 ms");
}

#[test]
fn without_its_direct_call_a_service_is_up_by_its_use() {
    let round = without(healthy(), "lambda");
    assert_eq!(status(&round, "Lambda"), Status::Up);
}

#[test]
fn of_two_suspects_without_an_alibi_neither_is_blamed() {
    let round = without(healthy(), "lambda");
    let round = failing(round, "shades.get_shade", Failure::Timeout);
    assert_eq!(status(&round, "Lambda"), Status::Unknown);
    assert_eq!(status(&round, "API Gateway"), Status::Unknown);
}

#[test]
fn our_own_failures_are_never_the_providers() {
    for failure in
        [Failure::Credentials, Failure::Throttled, Failure::Configuration, Failure::Local]
    {
        let mut round = healthy();
        for step in
            ["sqs.get_queue", "dynamodb.put_item", "lambda.invoke", "iam.get_access_key_last_used"]
        {
            round = failing(round, step, failure);
        }
        for service in ["SQS", "DynamoDB", "Lambda", "IAM"] {
            let judged = judge(PROBES, &round);
            assert_eq!(of(&judged, service).status, Status::Unknown, "{service} {failure:?}");
            assert_eq!(of(&judged, service).cause, Some(failure));
        }
    }
}

#[test]
fn a_resolver_that_finds_nothing_is_ours() {
    let mut round = healthy();
    for probe in PROBES {
        let first = format!("{}.{}", probe.name, probe.steps[0].name);
        round = failing(round, &first, Failure::Resolve);
    }
    let judged = judge(PROBES, &round);
    assert!(judged.iter().all(|judged| judged.status == Status::Unknown), "{judged:?}");
}

#[test]
fn a_name_that_is_gone_while_others_resolve_is_the_providers() {
    let mut round = failing(healthy(), "dynamodb.put_item", Failure::Resolve);
    round[0].phases.resolve_us = Some(800);
    assert_eq!(not_up(&round), list(&[("DynamoDB", Status::Down)]));
}

#[test]
fn a_vote_that_stays_away_while_queue_and_table_work_is_our_worker() {
    let round = failing(healthy(), "voting_game.read_vote", Failure::NotVisible);
    assert_eq!(not_up(&round), list(&[(GAME, Status::Down)]));
}

#[test]
fn a_file_with_other_content_is_no_proof_against_the_provider() {
    let round = failing(healthy(), "beacon.get_file", Failure::Body);
    assert_eq!(status(&round, "S3"), Status::Unknown);
    assert_eq!(status(&round, "S3 File Serving"), Status::Down);
}

#[test]
fn the_last_attempt_of_a_step_counts() {
    let mut round = failing(healthy(), "sqs.get_queue", Failure::Configuration);
    for seen in round.iter_mut().filter(|seen| seen.probe == "sqs" && seen.step != "get_queue") {
        seen.outcome = Outcome::Succeeded;
    }
    let created = Observation {
        attempt: 2,
        outcome: Outcome::Succeeded,
        failure: None,
        ..round.iter().find(|seen| seen.step == "get_queue").expect("there").clone()
    };
    round.push(created);
    assert_eq!(status(&round, "SQS"), Status::Up);
}

#[test]
fn a_step_that_was_only_skipped_proves_nothing() {
    let mut round = healthy();
    for seen in round.iter_mut().filter(|seen| seen.probe == "sqs") {
        seen.outcome = Outcome::Skipped;
    }
    let judged = judge(PROBES, &round);
    assert_ne!(of(&judged, "SQS").status, Status::Down);
}
