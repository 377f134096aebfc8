//! The worker and its queue.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    local_cloud::{messages, own_queue, send, variable},
    program::{Program, eventually},
    proxy::{Proxy, Way},
};

fn ballot(id: Uuid, topic: Uuid) -> String {
    let queued_at = "2026-11-19T18:00:00Z";
    json!({ "id": id, "topic_id": topic, "choice_id": Uuid::nil(), "queued_at": queued_at })
        .to_string()
}

async fn votes_on(topic: Uuid) -> Vec<Value> {
    let url = format!("{}/votes?topic_id={topic}", variable("TM_VOTING_API_URL"));
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

/// A way to the cloud that is cut, and its URL.
async fn cut_off(cloud: &str) -> (Proxy, String) {
    let server = cloud.trim_start_matches("http://").trim_end_matches('/');
    let proxy = Proxy::to(server).await.unwrap();
    proxy.set(Way::Cut);
    let url = format!("http://127.0.0.1:{}", proxy.port);
    (proxy, url)
}

fn worker_on(queue_url: &str, dynamodb: &str, sqs: &str) -> Program {
    Program::worker(&[
        ("VOTING_QUEUE_URL", queue_url),
        ("VOTING_DYNAMODB_ENDPOINT_URL", dynamodb),
        ("VOTING_SQS_ENDPOINT_URL", sqs),
    ])
}

#[tokio::test]
async fn a_ballot_that_is_delivered_twice_is_stored_once() {
    let (id, topic) = (Uuid::new_v4(), Uuid::new_v4());
    let (queue, dead) = own_queue().await;
    let cloud = variable("VOTING_SQS_ENDPOINT_URL");
    let _worker = worker_on(&queue, cloud, cloud);
    send(&queue, &ballot(id, topic)).await;
    let first = eventually("it is stored", || async { votes_on(topic).await.pop() }).await;
    send(&queue, &ballot(id, topic)).await;
    eventually("both are deleted", || async { (messages(&queue).await == 0).then_some(()) }).await;
    assert_eq!(votes_on(topic).await, [first]);
    assert_eq!(messages(&dead).await, 0);
}

#[tokio::test]
async fn a_message_that_is_no_ballot_ends_among_the_dead_letters_and_holds_nobody_up() {
    let (id, topic) = (Uuid::new_v4(), Uuid::new_v4());
    let (queue, dead) = own_queue().await;
    let cloud = variable("VOTING_SQS_ENDPOINT_URL");
    let _worker = worker_on(&queue, cloud, cloud);
    send(&queue, "{\"id\": 7}").await;
    send(&queue, &ballot(id, topic)).await;
    eventually("the ballot is stored", || async { votes_on(topic).await.pop() }).await;
    eventually("the other is dead", || async { (messages(&dead).await == 1).then_some(()) }).await;
    assert_eq!(messages(&queue).await, 0);
}

#[tokio::test]
async fn votes_cast_while_the_table_is_away_are_stored_when_it_is_back() {
    let topic = Uuid::new_v4();
    let (queue, dead) = own_queue().await;
    let cloud = variable("VOTING_SQS_ENDPOINT_URL");
    let (dynamodb, url) = cut_off(cloud).await;
    let mut worker = worker_on(&queue, &url, cloud);
    for _ in 0..12 {
        send(&queue, &ballot(Uuid::new_v4(), topic)).await;
    }
    sleep(Duration::from_secs(3)).await;
    assert!(worker.is_running() && votes_on(topic).await.is_empty());
    dynamodb.set(Way::Open);
    eventually("all are stored", || async { (votes_on(topic).await.len() == 12).then_some(()) })
        .await;
    assert_eq!(messages(&dead).await, 0);
}

#[tokio::test]
async fn a_worker_survives_a_queue_that_is_away() {
    let (id, topic) = (Uuid::new_v4(), Uuid::new_v4());
    let (queue, _) = own_queue().await;
    let cloud = variable("VOTING_SQS_ENDPOINT_URL");
    let (sqs, url) = cut_off(cloud).await;
    let mut worker = worker_on(&queue, cloud, &url);
    send(&queue, &ballot(id, topic)).await;
    sleep(Duration::from_secs(1)).await;
    assert!(worker.is_running());
    sqs.set(Way::Open);
    eventually("it is stored", || async { votes_on(topic).await.pop() }).await;
}

#[tokio::test]
async fn a_worker_that_waits_for_votes_ends_at_once_and_cleanly() {
    let (id, topic) = (Uuid::new_v4(), Uuid::new_v4());
    let (queue, _) = own_queue().await;
    let cloud = variable("VOTING_SQS_ENDPOINT_URL");
    let worker = worker_on(&queue, cloud, cloud);
    send(&queue, &ballot(id, topic)).await;
    eventually("it works", || async { votes_on(topic).await.pop() }).await;
    let (code, took) = worker.terminate().await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn a_worker_that_is_ended_while_it_holds_votes_leaves_them_to_the_next() {
    let (id, topic) = (Uuid::new_v4(), Uuid::new_v4());
    let (queue, dead) = own_queue().await;
    let cloud = variable("VOTING_SQS_ENDPOINT_URL");
    let (_dynamodb, url) = cut_off(cloud).await;
    let worker = worker_on(&queue, &url, cloud);
    send(&queue, &ballot(id, topic)).await;
    sleep(Duration::from_secs(1)).await;
    let (code, took) = worker.terminate().await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(6), "{took:?}");
    assert_eq!((messages(&queue).await, messages(&dead).await), (1, 0));
}
