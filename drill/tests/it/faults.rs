//! Each kind of fault, as the step sees it that it concerns.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::stage::{Stage, probes, scenario, steps};

/// Tries each fault, and compares the first step that failed of each probe asked.
async fn expect(table: &[(&str, &str, &str)]) {
    let mut stage = Stage::set().await;
    let mut wrong = Vec::new();
    for (fault, probe, expected) in table {
        let seen = stage.seen(fault, &[probe]).await;
        let failed = seen.iter().find(|step| step.contains(": failed"));
        let failed = failed.map_or("nothing failed", String::as_str);
        if failed != *expected {
            wrong.push(format!("{probe} of [{fault}]: {failed}, not {expected}"));
        }
    }
    stage.clear().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_fails_in_the_phase_that_its_fault_breaks() {
    expect(&[
        (
            "target = \"dynamodb\"\nkind = \"resolve\"",
            "dynamodb",
            "put_item: failed resolve in resolve",
        ),
        (
            "target = \"quote-app\"\nkind = \"connect\"",
            "quotes",
            "get_quote: failed connect in connect",
        ),
        ("target = \"lambda\"\nkind = \"refuse\"", "lambda", "invoke: failed connect in connect"),
        ("target = \"s3\"\nkind = \"blackhole\"", "beacon", "get_file: failed timeout in connect"),
        (
            "target = \"instance\"\nkind = \"blackhole\"",
            "voting_game",
            "get_topic: failed timeout in connect",
        ),
        ("target = \"apigateway\"\nkind = \"tls\"", "shades", "get_shade: failed tls in tls"),
        ("target = \"sqs\"\nkind = \"reset\"", "sqs", "get_queue: failed reset in processing"),
        (
            "target = \"sqs\"\nkind = \"refuse\"\noperations = [\"SendMessage\"]",
            "sqs",
            "send_message: failed reset in processing",
        ),
        (
            "target = \"dynamodb\"\nkind = \"blackhole\"\noperations = [\"GetItem\"]",
            "dynamodb",
            "get_item: failed timeout in processing",
        ),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_read_in_the_words_of_its_service() {
    let mut table = vec![
        (
            "target = \"voting-app\"\nkind = \"status\"\nstatus = 500",
            "voting_game",
            "get_topic: failed http_5xx",
        ),
        ("target = \"apigateway\"\nkind = \"throttle\"", "shades", "get_shade: failed throttled"),
        (
            "target = \"dynamodb\"\nkind = \"status\"\nstatus = 500\noperations = [\"DeleteItem\"]",
            "dynamodb",
            "delete_item: failed http_5xx",
        ),
        (
            "target = \"lambda\"\nkind = \"status\"\nstatus = 500",
            "shades",
            "get_shade: failed http_5xx",
        ),
    ];
    let direct = [
        ("dynamodb", "put_item"),
        ("sqs", "get_queue"),
        ("ec2", "describe_instances"),
        ("iam", "get_access_key_last_used"),
        ("lambda", "invoke"),
    ];
    let mut more = Vec::new();
    for (probe, step) in direct {
        let target = format!("target = \"{probe}\"");
        more.push((
            format!("{target}\nkind = \"status\"\nstatus = 503"),
            probe,
            format!("{step}: failed http_5xx"),
        ));
        more.push((
            format!("{target}\nkind = \"throttle\""),
            probe,
            format!("{step}: failed throttled"),
        ));
        let local = "target = \"local\"\nkind = \"credentials\"".to_owned();
        more.push((local, probe, format!("{step}: failed credentials")));
    }
    table.extend(more.iter().map(|(fault, probe, step)| (fault.as_str(), *probe, step.as_str())));
    expect(&table).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_broken_garbled_or_old() {
    expect(&[
        (
            "target = \"dynamodb\"\nkind = \"stale\"\noperations = [\"GetItem\"]",
            "dynamodb",
            "get_item: failed body",
        ),
        ("target = \"sqs\"\nkind = \"drop_async\"", "sqs", "receive_message: failed not_visible"),
        (
            "target = \"sqs\"\nkind = \"delay_async\"\nlatency_ms = [60000, 60000]",
            "voting_game",
            "read_vote: failed not_visible",
        ),
        (
            "target = \"voting-app\"\nkind = \"drop_async\"",
            "voting_game",
            "read_vote: failed not_visible",
        ),
        (
            "target = \"sqs\"\nkind = \"drop_async\"\noperations = [\"ReceiveMessage\"]",
            "sqs",
            "nothing failed",
        ),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_breaks_off_or_cannot_be_read() {
    let mut stage = Stage::set().await;
    let monitor = stage.monitor("target = \"quote-app\"\nkind = \"body\"").await;
    stage.world.layer.set_minute(0);
    let (mut broken, mut garbled) = (0, 0);
    for _ in 0..12 {
        match steps(&monitor.try_probe("quotes").await.unwrap())[0].as_str() {
            "get_quote: failed reset in transfer" => broken += 1,
            "get_quote: failed body" => garbled += 1,
            other => panic!("{other}"),
        }
    }
    stage.clear().await;
    assert!(broken > 0 && garbled > 0, "{broken} broken, {garbled} garbled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_latency_shows_in_the_processing_of_that_target_alone() {
    let mut stage = Stage::set().await;
    let fault = "target = \"quote-app\"\nkind = \"latency\"\nlatency_ms = [700, 700]";
    let monitor = stage.monitor(fault).await;
    stage.world.layer.set_minute(0);
    let slow = monitor.try_probe("quotes").await.unwrap();
    let other = monitor.try_probe("beacon").await.unwrap();
    stage.clear().await;
    let processing = |answer: &Value| answer["observations"][0]["phases"]["processing_us"].as_i64();
    assert!(processing(&slow).is_some_and(|us| us >= 700_000), "{slow}");
    assert!(processing(&other).is_some_and(|us| us < 700_000), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_side_fails_for_everything_at_once() {
    let mut stage = Stage::set().await;
    for (kind, failures) in [
        ("resolve", ["failed resolve in resolve", "failed resolve in resolve"]),
        ("connect", ["failed connect in connect", "failed connect in connect"]),
        ("blackhole", ["failed timeout in resolve", "failed resolve in resolve"]),
    ] {
        let monitor = stage.monitor(&format!("target = \"local\"\nkind = \"{kind}\"")).await;
        let probes = probes(&monitor).await;
        stage.world.layer.set_minute(0);
        for probe in probes {
            let seen = steps(&monitor.try_probe(&probe).await.unwrap());
            assert!(failures.iter().any(|failure| seen[0].ends_with(failure)), "{kind}: {seen:?}");
        }
    }
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_fault_broke_works_again_when_it_is_over() {
    let mut stage = Stage::set().await;
    let monitor = stage.monitor("target = \"sqs\"\nkind = \"blackhole\"").await;
    stage.world.layer.set_minute(0);
    let started = Instant::now();
    let during = steps(&monitor.try_probe("voting_game").await.unwrap());
    assert!(during.iter().any(|step| step.starts_with("post_vote: failed")), "{during:?}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    stage.world.layer.set_minute(scenario("target = \"sqs\"\nkind = \"reset\"").faults[0].to);
    tokio::time::sleep(drill::pace::SETTLING).await;
    let after = steps(&monitor.try_probe("voting_game").await.unwrap());
    stage.clear().await;
    assert!(after.iter().all(|step| step.ends_with(": succeeded")), "{after:?}");
}
