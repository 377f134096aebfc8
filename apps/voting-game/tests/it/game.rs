//! The game as players, authors and monitors see it.

use reqwest::{Client, StatusCode, header::CACHE_CONTROL};
use serde_json::{Value, json};

use crate::{local_cloud::variable, program::eventually};

fn url(path: &str) -> String {
    format!("{}{path}", variable("TM_VOTING_API_URL"))
}

async fn new_topic(title: &str) -> Value {
    let draft = json!({
        "api_key": variable("VOTING_API_KEY"),
        "is_active": true,
        "title": title,
        "choices": [{ "description": "Yes" }, { "description": "No" }],
    });
    let answer = Client::new().post(url("/topics")).body(draft.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.json().await.unwrap()
}

async fn get(path: &str) -> (StatusCode, Value) {
    let answer = Client::new().get(url(path)).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn post(path: &str, body: Value) -> (StatusCode, Value) {
    let answer = Client::new().post(url(path)).body(body.to_string()).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// Casts a vote for the first choice and waits until it can be read.
async fn voted(topic: &Value, caster: &str) -> (Value, Value) {
    let body = json!({ "topic_id": topic["id"], "choice_id": topic["choices"][0]["id"] });
    let cast = Client::new().post(url("/votes")).header("X-Cloud-Monitor", caster);
    let answer = cast.body(body.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let queued: Value = answer.json().await.unwrap();
    let path = format!("/votes/{}", queued["id"].as_str().unwrap());
    let stored = eventually("the vote is stored", || async {
        let (status, vote) = get(&path).await;
        (status == StatusCode::OK).then_some(vote)
    });
    (queued.clone(), stored.await)
}

/// The votes of the first choice, once the index has them.
async fn tally(topic: &Value) -> Value {
    let (_, topic) =
        get(&format!("/topics/{}?include_votes=true", topic["id"].as_str().unwrap())).await;
    topic["choices"][0]["votes"].clone()
}

#[tokio::test]
async fn a_vote_travels_through_queue_and_worker_into_the_table_and_the_tally() {
    let topic = new_topic("Does it travel?").await;
    let (queued, stored) = voted(&topic, "player").await;
    for field in ["id", "topic_id", "choice_id", "queued_at"] {
        assert_eq!(queued[field], stored[field], "{field}");
    }
    assert!(stored.get("probe").is_none() && stored.get("expires_at").is_none(), "{stored}");
    eventually("it counts", || async { (tally(&topic).await == 1).then_some(()) }).await;
    let (_, listed) = get(&format!("/votes?topic_id={}", topic["id"].as_str().unwrap())).await;
    assert_eq!(listed, json!([stored]));
}

#[tokio::test]
async fn the_vote_of_a_probe_is_readable_but_never_counts_and_expires() {
    let topic = new_topic("Is it a probe?").await;
    let (queued, stored) = voted(&topic, "probe").await;
    assert_eq!((&queued["probe"], &stored["probe"]), (&json!(true), &json!(true)));
    assert_eq!(stored["topic_id"], topic["id"]);
    let lifetime = stored["expires_at"].as_i64().unwrap() - chrono::Utc::now().timestamp();
    assert!((3590..=3600).contains(&lifetime), "{lifetime} s");
    // A player's vote that was cast later is in the index; the probe's would have been there before.
    voted(&topic, "player").await;
    eventually("the player's vote counts", || async { (tally(&topic).await != 0).then_some(()) })
        .await;
    assert_eq!(tally(&topic).await, 1);
}

#[tokio::test]
async fn who_has_no_key_makes_and_changes_nothing() {
    let topic = new_topic("Whose is it?").await;
    let path = format!("/topics/{}", topic["id"].as_str().unwrap());
    let draft = json!({ "api_key": "guess", "is_active": false, "title": "Mine", "choices": [{ "description": "a" }] });
    let (status, problem) = post("/topics", draft.clone()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthorized")));
    let change = Client::new().put(url(&path)).body(draft.to_string()).send().await.unwrap();
    assert_eq!(change.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(get(&path).await.1, topic);
}

#[tokio::test]
async fn an_author_changes_a_topic_which_keeps_its_choices_and_its_beginning() {
    let topic = new_topic("Old title?").await;
    let draft = json!({
        "api_key": variable("VOTING_API_KEY"),
        "is_active": false,
        "title": "New title?",
        "choices": topic["choices"],
    });
    let path = format!("/topics/{}", topic["id"].as_str().unwrap());
    let change = Client::new().put(url(&path)).body(draft.to_string()).send().await.unwrap();
    assert_eq!(change.status(), StatusCode::OK);
    let changed: Value = change.json().await.unwrap();
    assert_eq!(get(&path).await.1, changed);
    assert_eq!((&changed["title"], &changed["is_active"]), (&json!("New title?"), &json!(false)));
    assert_eq!((&changed["choices"], &changed["created"]), (&topic["choices"], &topic["created"]));
    assert_ne!(changed["last_upd"], topic["last_upd"]);
}

#[tokio::test]
async fn bad_input_is_refused_by_name() {
    let nobody = "00000000-0000-4000-8000-000000000000";
    let huge = "x".repeat(100_000);
    for (answer, status, parameter) in [
        (post("/votes", json!({})).await, 400, json!("topic_id")),
        (post("/votes", json!({ "topic_id": nobody })).await, 400, json!("choice_id")),
        (
            post("/votes", json!({ "topic_id": "'; drop", "choice_id": nobody })).await,
            400,
            json!("topic_id"),
        ),
        (post("/votes", json!([huge])).await, 413, Value::Null),
        (post("/topics", json!({ "api_key": 1 })).await, 400, json!("api_key")),
        (get("/votes").await, 400, json!("topic_id")),
        (get("/votes/7").await, 400, json!("id")),
        (get("/topics?limit=1000000000").await, 400, json!("limit")),
        (get("/topics?include_votes=perhaps").await, 400, json!("include_votes")),
        (get(&format!("/topics/{nobody}")).await, 404, Value::Null),
        (get(&format!("/votes/{nobody}")).await, 404, Value::Null),
        (get("/nowhere").await, 404, Value::Null),
    ] {
        let (answered, problem) = answer;
        assert_eq!((answered.as_u16(), &problem["parameter"]), (status, &parameter), "{problem}");
    }
}

#[tokio::test]
async fn topics_may_be_cached_for_a_second_and_probes_get_past_that() {
    let topic = new_topic("Is it cached?").await;
    let path = format!("/topics/{}?fresh={}", topic["id"].as_str().unwrap(), uuid::Uuid::new_v4());
    let request = Client::new().get(url(&path)).header(CACHE_CONTROL, "no-cache");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[CACHE_CONTROL], "public, max-age=1");
    let missing = reqwest::get(url("/votes/00000000-0000-4000-8000-000000000000")).await.unwrap();
    assert_eq!(missing.headers()[CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn a_list_has_the_newest_topics_first_and_their_tallies_when_asked() {
    let older = new_topic("Older?").await;
    let newer = new_topic("Newer?").await;
    let (_, list) = get("/topics?include_votes=true&limit=1000").await;
    let place = |topic: &Value| {
        list.as_array().unwrap().iter().position(|listed| listed["id"] == topic["id"]).unwrap()
    };
    assert!(place(&newer) < place(&older));
    assert_eq!(list[place(&newer)]["choices"][0]["votes"], 0);
}
