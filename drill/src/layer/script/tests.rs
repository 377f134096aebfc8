//! Which requests and connections a fault hits.

use super::*;
use crate::fault::Tail;

const MONITOR_SQS: Place = Place { client: Client::Monitor, target: Target::Sqs };
const GAME_SQS: Place = Place { client: Client::Applications, target: Target::Sqs };

fn fault(target: Target, kind: Kind) -> Fault {
    Fault {
        target,
        kind,
        from: 0,
        to: 10,
        share: 1.0,
        new_connections_only: false,
        operations: Vec::new(),
    }
}

fn script(faults: &[Fault]) -> Script {
    Script { faults: faults.to_vec(), chance: Chance::of("test") }
}

fn asked(operation: &str) -> Asked<'_> {
    Asked { operation, is_signed: true, is_first: true }
}

fn act(script: &Script, place: Place, asked: Asked<'_>) -> Act {
    script.request(place, 5, asked).act
}

#[test]
fn a_fault_is_there_from_its_first_minute_to_before_its_last() {
    let script = script(&[fault(Target::Sqs, Kind::Status(500))]);
    let hit = |minute| script.request(MONITOR_SQS, minute, asked("SendMessage")).act != Act::Pass;
    assert_eq!([-1, 0, 9, 10].map(hit), [false, true, true, false]);
    assert!(script.has_ended(9, 10) && !script.has_ended(8, 9));
}

#[test]
fn only_the_operations_that_are_named_are_hit() {
    let mut writes = fault(Target::Sqs, Kind::Status(500));
    writes.operations = vec!["SendMessage".into()];
    let script = script(&[writes]);
    let refused = Act::Refuse(Reason::Status(500));
    assert_eq!(act(&script, MONITOR_SQS, asked("SendMessage")), refused);
    assert_eq!(act(&script, GAME_SQS, asked("SendMessage")), refused);
    assert_eq!(act(&script, MONITOR_SQS, asked("ReceiveMessage")), Act::Pass);
    assert_eq!(act(&script, Place::of_monitor(Target::S3), asked("SendMessage")), Act::Pass);
}

#[test]
fn a_share_is_hit_and_the_same_one_in_every_play() {
    let mut some = fault(Target::Sqs, Kind::Reset);
    some.share = 0.3;
    let play = || {
        let script = script(&[some.clone()]);
        let hit = |_| act(&script, MONITOR_SQS, asked("SendMessage")) == Act::Reset;
        (0..2000).map(hit).collect::<Vec<bool>>()
    };
    let hits = play();
    let share = hits.iter().filter(|hit| **hit).count();
    assert!((540..660).contains(&share), "{share} of 2000");
    assert_eq!(hits, play());
}

#[test]
fn a_connection_fault_hits_new_connections_and_then_pooled_ones_too() {
    let refuse = fault(Target::Sqs, Kind::Refuse);
    let everybody = script(std::slice::from_ref(&refuse));
    assert_eq!(everybody.connection(GAME_SQS, 5), Arrival::Refused);
    let reused = Asked { is_first: false, ..asked("SendMessage") };
    assert_eq!(act(&everybody, GAME_SQS, reused), Act::Reset);
    // A connection that was made is not drawn for again.
    assert_eq!(act(&everybody, MONITOR_SQS, asked("SendMessage")), Act::Pass);

    let pooled_live_on = script(&[Fault { new_connections_only: true, ..refuse }]);
    assert_eq!(pooled_live_on.connection(GAME_SQS, 5), Arrival::Refused);
    assert_eq!(act(&pooled_live_on, GAME_SQS, reused), Act::Pass);
}

#[test]
fn a_connection_fault_of_some_operations_is_met_after_the_request() {
    let mut silence = fault(Target::Sqs, Kind::Blackhole);
    silence.operations = vec!["SendMessage".into()];
    let script = script(&[silence]);
    assert_eq!(script.connection(MONITOR_SQS, 5), Arrival::Made);
    assert_eq!(act(&script, MONITOR_SQS, asked("SendMessage")), Act::Silence(10));
}

#[test]
fn our_own_side_is_the_monitors_alone() {
    let script =
        script(&[fault(Target::Local, Kind::Connect), fault(Target::Local, Kind::Resolve)]);
    assert_eq!(script.connection(MONITOR_SQS, 5), Arrival::Refused);
    assert_eq!(script.connection(GAME_SQS, 5), Arrival::Made);
    assert_eq!(script.resolver(5), Some(Arrival::Nameless));
    assert_eq!(script.resolver(10), None);
}

#[test]
fn only_what_the_monitor_signs_meets_its_expired_token() {
    let script = script(&[fault(Target::Local, Kind::Credentials)]);
    let expired = Act::Refuse(Reason::Expired);
    assert_eq!(act(&script, MONITOR_SQS, asked("SendMessage")), expired);
    assert_eq!(act(&script, GAME_SQS, asked("SendMessage")), Act::Pass);
    let unsigned = Asked { is_signed: false, ..asked("GetObject") };
    assert_eq!(act(&script, Place::of_monitor(Target::S3), unsigned), Act::Pass);
}

#[test]
fn the_gateway_meets_the_functions_faults() {
    let gateway = Place::of_monitor(Target::Apigateway);
    let mut invoke = fault(Target::Lambda, Kind::Status(500));
    invoke.operations = vec!["Invoke".into()];
    let broken = script(&[invoke.clone()]);
    assert_eq!(act(&broken, gateway, asked("GET /shades")), Act::Refuse(Reason::Integration));
    invoke.operations = vec!["GetFunction".into()];
    assert_eq!(act(&script(&[invoke]), gateway, asked("GET /shades")), Act::Pass);
    let hanging = script(&[fault(Target::Lambda, Kind::Blackhole)]);
    assert_eq!(act(&hanging, gateway, asked("GET /shades")), Act::Silence(10));
    assert_eq!(hanging.connection(gateway, 5), Arrival::Made);
}

#[test]
fn delays_add_up_before_what_else_happens() {
    let hundred = Duration::from_millis(100);
    let slow = fault(Target::Sqs, Kind::Latency(Tail { p50: hundred, p99: hundred }));
    let script = script(&[slow.clone(), slow, fault(Target::Sqs, Kind::Throttle)]);
    let treatment = script.request(MONITOR_SQS, 5, asked("SendMessage"));
    assert_eq!(treatment.delay.as_millis(), 200);
    assert_eq!(treatment.act, Act::Refuse(Reason::Throttled));
}

#[test]
fn only_messages_are_dropped_and_only_reads_are_stale() {
    let script = script(&[fault(Target::Sqs, Kind::DropAsync), fault(Target::Sqs, Kind::Stale)]);
    assert_eq!(act(&script, GAME_SQS, asked("SendMessage")), Act::Drop);
    assert_eq!(act(&script, GAME_SQS, asked("ReceiveMessage")), Act::Stale);
    assert_eq!(act(&script, GAME_SQS, asked("DeleteMessage")), Act::Pass);
}

#[test]
fn a_clock_that_is_far_off_spoils_signatures() {
    let off = |seconds| script(&[fault(Target::Local, Kind::Clock { seconds })]);
    assert_eq!(act(&off(1200), MONITOR_SQS, asked("A")), Act::Refuse(Reason::Skewed));
    assert_eq!(act(&off(-1200), MONITOR_SQS, asked("A")), Act::Refuse(Reason::Skewed));
    assert_eq!(act(&off(60), MONITOR_SQS, asked("A")), Act::Pass);
    assert_eq!(off(60).clock_ahead(MONITOR_SQS, 5), Some(60));
    assert_eq!(off(60).clock_ahead(GAME_SQS, 5), None);
}

#[test]
fn a_dead_machine_is_noticed_by_its_checks_after_a_while() {
    let script = script(&[fault(Target::Instance, Kind::Blackhole)]);
    assert_eq!(script.connection(Place::of_monitor(Target::VotingApp), 0), Arrival::Unanswered(10));
    assert_eq!(
        [0, 1, 2, 9, 10].map(|minute| script.instance_is_impaired(minute)),
        [false, false, true, true, false]
    );
}
