//! Many rounds against the local cloud leave nothing behind.

use serde_json::Value;
use uuid::Uuid;

use crate::{
    cloud,
    databases::Store,
    program::{Program, minute, steps, with},
};

/// The votes of every choice of every topic, as the game counts them.
async fn tally() -> Value {
    let url = format!("{}/topics?include_votes=true", cloud::variable("TM_VOTING_API_URL"));
    let topics: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    let topics = topics.as_array().unwrap().iter();
    topics.map(|topic| topic["choices"].clone()).collect()
}

#[tokio::test]
async fn many_rounds_leave_no_message_no_item_and_no_vote_that_counts() {
    // A queue and a table of the test's own, which the probes create in the first round.
    let name = format!("cloud-monitor-{}", Uuid::new_v4());
    let own = [("TM_SQS_QUEUE", name.as_str()), ("TM_DYNAMODB_TABLE", name.as_str())];
    let store = Store::new().await;
    let program = Program::start(&store, &with(cloud::variables(), &own)).await;
    let before = tally().await;
    assert!(before[0][0]["votes"].is_u64(), "{before}");

    let first = steps(&program.trigger(minute(-20)).await.json);
    assert!(first.contains(&"get_queue: failed configuration".into()), "{first:?}");
    assert!(first.contains(&"put_item: failed configuration".into()), "{first:?}");
    for n in -19..0 {
        let steps = steps(&program.trigger(minute(n)).await.json);
        assert!(steps.iter().all(|step| step.ends_with(": succeeded")), "{n}: {steps:?}");
    }
    assert_eq!(cloud::messages(&name).await, 0);
    assert_eq!(cloud::items(&name).await, 0);
    assert_eq!(tally().await, before);
}
