//! Is it us? Control targets, name servers of our own choice, and our clock.

use hickory_resolver::proto::op::ResponseCode;
use serde_json::Value;

use crate::{
    databases::{Store, on_each_database},
    name_server::{NameServer, Zone},
    program::{Program, all_at, minute, signed_at, status_of, with},
    provider::{self, Reply},
    target::{Target, answer, nobody},
};

fn statuses(answer: &Value) -> Vec<&str> {
    let rows = answer["measurements"].as_array().unwrap().iter();
    rows.map(|row| row["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn when_control_targets_cannot_be_reached_either_it_is_us() {
    on_each_database(async |store| {
        let nowhere = format!("http://{}", nobody());
        let variables = with(all_at(&nowhere), &[("TM_CONTROL_URLS", &nowhere)]);
        let answer = Program::start(store, &variables).await.trigger(minute(0)).await.json;
        assert!(statuses(&answer).iter().all(|status| *status == "unknown"), "{answer}");
        let rows = answer["measurements"].as_array().unwrap();
        assert!(rows.iter().all(|row| row["cause"] == "local"), "{rows:?}");
    })
    .await;
}

#[tokio::test]
async fn when_a_control_target_is_reached_the_cloud_is_down() {
    let control = Target::answering(answer("404 Not Found", "")).await;
    let nowhere = format!("http://{}", nobody());
    let others = format!("{nowhere},{}", control.url());
    let store = Store::new().await;
    let variables = with(all_at(&nowhere), &[("TM_CONTROL_URLS", &others)]);
    let answer = Program::start(&store, &variables).await.trigger(minute(0)).await.json;
    for service in ["SQS", "DynamoDB", "Lambda", "IAM"] {
        assert_eq!(status_of(&answer, service), "down", "{service}");
    }
}

#[tokio::test]
async fn a_control_target_that_is_down_alone_changes_nothing() {
    let target = provider::answering(|_| Reply::new(200, "{}")).await;
    let store = Store::new().await;
    let with_control = format!("http://{}", nobody());
    let variables = with(signed_at(&target.url()), &[("TM_CONTROL_URLS", &with_control)]);
    let program = Program::start(&store, &variables).await;
    let answer = program.trigger(minute(0)).await.json;
    let steps = crate::program::steps(&answer);
    assert!(steps.contains(&"reach_1: failed connect in connect".to_owned()), "{steps:?}");
    assert_eq!(status_of(&answer, "DynamoDB"), "degraded", "its read is stale, all the same");
}

#[tokio::test]
async fn name_servers_of_our_own_that_find_nothing_are_our_fault() {
    let zone = Zone { refusal: Some(ResponseCode::ServFail), ..Zone::default() };
    let server = NameServer::of(zone).await;
    let store = Store::new().await;
    let others = [
        ("TM_CONTROL_URLS", "http://control.example/"),
        ("TM_NAME_SERVERS", &*server.address().to_string()),
    ];
    let variables = with(all_at("http://cloud.example/"), &others);
    let answer = Program::start(&store, &variables).await.trigger(minute(0)).await.json;
    assert!(statuses(&answer).iter().all(|status| *status == "unknown"), "{answer}");
}

#[tokio::test]
async fn name_servers_of_our_own_are_asked() {
    let target = provider::answering(|_| Reply::new(200, "{}")).await;
    let server = NameServer::of(Zone::of(&["127.0.0.1"])).await;
    let store = Store::new().await;
    let url = format!("http://cloud.example:{}", target.address.port());
    let address = server.address().to_string();
    let variables = with(signed_at(&url), &[("TM_NAME_SERVERS", &address)]);
    let steps = Program::start(&store, &variables).await.steps_of("dynamodb").await;
    assert_eq!(steps[0], "put_item: succeeded");
}

#[tokio::test]
async fn a_clock_that_everybody_contradicts_is_told() {
    let target = provider::answering(|_| {
        Reply::new(200, "{}").header("date", "Thu, 19 Nov 2020 18:04:00 GMT")
    })
    .await;
    let store = Store::new().await;
    let program = Program::start(&store, &signed_at(&target.url())).await;
    let answer = program.trigger(minute(0)).await.json;
    let seen = answer["observations"].as_array().unwrap();
    let clock = seen.iter().find(|seen| seen["step"] == "clock").unwrap();
    assert_eq!((&clock["probe"], &clock["failure"]), (&"control".into(), &"clock".into()));
    assert!(clock["detail"].as_str().unwrap().contains("ahead"), "{clock}");
}
