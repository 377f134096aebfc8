//! Is it us? Our resolver, network, clock, credentials and account are never the provider's.

use Status::Unknown;
use model::{Failure, Outcome, Status};

use super::builders::{Slot, judged_after};
use crate::Reason;

/// The access key of the direct calls is refused.
fn without_credentials() -> Slot {
    let steps = [
        "sqs.get_queue",
        "dynamodb.put_item",
        "ec2.describe_instance_status",
        "ec2.describe_instances",
        "lambda.invoke",
        "iam.get_access_key_last_used",
        "s3.put_object",
    ];
    steps.iter().fold(Slot::healthy(), |slot, step| slot.failing(step, Failure::Credentials))
}

#[test]
fn expired_credentials_leave_unknown_only_what_nothing_else_speaks_for() {
    let judged = without_credentials().alone();
    assert_eq!(judged.not_up(), [("IAM", Unknown)]);
    assert_eq!(judged.of("IAM").reason, Reason::Ours(Failure::Credentials));
    assert_eq!(judged.row("SQS").latency_us, None, "no latency that another one compares with");
}

#[test]
fn expired_credentials_do_not_hide_an_outage_that_others_see() {
    let judged = without_credentials().failing("beacon.get_file", Failure::Http5xx).alone();
    assert_eq!(judged.status("S3"), Status::Down);
}

#[test]
fn an_application_that_fails_beside_expired_credentials_blames_nobody_behind_it() {
    let judged = without_credentials().failing("voting_game.get_topic", Failure::Http5xx).alone();
    assert_eq!(judged.status("DynamoDB"), Unknown);
    assert_eq!(judged.status("EC2"), Status::Up, "its machine answered");
}

#[test]
fn a_clock_that_is_off_is_named() {
    let judged = without_credentials().failing("control.clock", Failure::Clock).alone();
    assert_eq!(judged.row("IAM").cause, Some(Failure::Clock));
    let judged = Slot::healthy()
        .failing("control.clock", Failure::Clock)
        .failing("iam.get_access_key_last_used", Failure::Tls)
        .alone();
    assert_eq!(judged.row("IAM").status, Unknown);
    let judged = Slot::healthy().failing("control.clock", Failure::Clock).alone();
    assert!(judged.not_up().is_empty(), "what succeeds speaks all the same");
}

#[test]
fn our_own_failures_are_never_the_providers() {
    for failure in [Failure::Configuration, Failure::Local, Failure::Credentials, Failure::Clock] {
        let judged = Slot::healthy().failing("iam.get_access_key_last_used", failure).alone();
        assert_eq!(judged.not_up(), [("IAM", Unknown)], "{failure:?}");
        assert_eq!(judged.row("IAM").cause, Some(failure));
    }
}

#[test]
fn a_resolver_that_finds_nothing_is_ours() {
    let judged = Slot::healthy().failing_everywhere(Failure::Resolve).alone();
    assert!(judged.0.iter().all(|judged| judged.measurement.status == Unknown), "{judged:?}");
    assert_eq!(judged.row("SQS").cause, Some(Failure::Local));
}

#[test]
fn a_resolver_that_does_not_find_the_control_target_is_ours() {
    let judged = Slot::healthy().failing_everywhere(Failure::Resolve).resolving("sqs").alone();
    assert!(judged.0.iter().all(|judged| judged.measurement.status == Unknown), "{judged:?}");
}

#[test]
fn every_name_of_the_provider_that_is_gone_while_others_resolve_is_the_providers() {
    let judged =
        Slot::healthy().without("control").failing_everywhere_but_control(Failure::Resolve).alone();
    assert_eq!(judged.status("SQS"), Status::Down);
}

impl Slot {
    /// All names of the cloud are gone, and that of the control target is found.
    fn failing_everywhere_but_control(self, failure: Failure) -> Self {
        let control = Slot::healthy().resolving("control").0.into_iter();
        let mut slot = Slot::healthy().failing_everywhere(failure).without("control");
        slot.0.extend(control.filter(|seen| seen.probe == "control"));
        slot
    }
}

#[test]
fn a_network_that_reaches_nobody_is_ours() {
    let judged = Slot::healthy().failing_everywhere(Failure::Connect).alone();
    assert!(judged.0.iter().all(|judged| judged.measurement.status == Unknown), "{judged:?}");
    let judged = Slot::healthy().failing_everywhere(Failure::Connect).without("control").alone();
    assert!(judged.0.iter().all(|judged| judged.measurement.status == Unknown), "{judged:?}");
    let judged = Slot::healthy().failing_everywhere(Failure::Timeout).alone();
    assert!(judged.0.iter().all(|judged| judged.measurement.status == Unknown), "{judged:?}");
}

#[test]
fn a_cloud_that_is_gone_while_control_answers_is_down() {
    let judged = Slot::healthy().failing_everywhere_but_control(Failure::Timeout).alone();
    for service in ["SQS", "DynamoDB", "EC2", "Lambda", "IAM", "S3"] {
        assert_eq!(judged.status(service), Status::Down, "{service}");
    }
}

#[test]
fn a_control_target_that_is_down_by_itself_changes_nothing() {
    let alone = Slot::healthy().failing("control.reach_1", Failure::Timeout);
    assert!(alone.alone().not_up().is_empty());
    let outage = alone.failing("dynamodb.put_item", Failure::Connect);
    assert_eq!(outage.alone().not_up(), [("DynamoDB", Status::Down)]);
    let before = vec![outage.clone(); 5];
    assert_eq!(judged_after(&before, &outage).not_up(), [("DynamoDB", Status::Down)]);
}

#[test]
fn one_service_that_throttles_sheds_load_and_all_of_them_are_our_account() {
    let one = Slot::healthy().failing("sqs.get_queue", Failure::Throttled);
    assert_eq!(one.alone().not_up(), [("SQS", Status::Degraded)]);
    let steps = ["sqs.get_queue", "dynamodb.put_item", "lambda.invoke"];
    let all = steps.iter().fold(Slot::healthy(), |slot, s| slot.failing(s, Failure::Throttled));
    assert!(all.alone().not_up().is_empty(), "the applications speak for them");
}

#[test]
fn a_queue_that_had_to_be_made_is_up() {
    let mut round = Slot::healthy();
    let first = round.0.iter().find(|seen| seen.step == "get_queue").unwrap().clone();
    for seen in round.0.iter_mut().filter(|seen| seen.step == "get_queue") {
        seen.attempt = 2;
    }
    let failure = Some(Failure::Configuration);
    round.0.push(model::observation::Observation { outcome: Outcome::Failed, failure, ..first });
    assert_eq!(round.alone().status("SQS"), Status::Up);
}
