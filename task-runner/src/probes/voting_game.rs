//! The voting game: find a topic, vote, and read the vote back once the worker has written it.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, header};
use model::Failure;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};
use url::Url;
use uuid::Uuid;

use super::{built, fresh, fresh_get};
use crate::{attempt::Attempt, context::Context, net::Failed, registry::Probe};

/// The voting game, over its public API.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::VOTING_GAME,
    missing: |targets| targets.voting_api.is_none().then_some("TM_VOTING_API_URL"),
    run: |context| Box::pin(run(context)),
};

/// 100 ms between polls: a vote that takes long is read a hundred times in ten seconds.
const POLL: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
struct Topic {
    id: String,
    is_active: bool,
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    id: String,
}

#[derive(Deserialize)]
struct Vote {
    id: String,
    topic_id: String,
    choice_id: String,
}

async fn run(context: Context) {
    let Some(api) = context.targets.voting_api.clone() else { return };
    let (api, nonce) = (&api, context.nonce);
    let topic = context.step("get_topic", |attempt| get_topic(attempt, api, nonce)).await;
    let Some((topic, choice)) = topic else { return };
    let (topic, choice) = (&topic, &choice);
    let posted =
        context.step("post_vote", |attempt| post_vote(attempt, api, nonce, topic, choice)).await;
    let Some(vote) = posted else { return };
    let read = |attempt| read_vote(attempt, api, &vote, nonce);
    // What was seen is recorded; nothing comes after the last step.
    let _ = context.step_within(context.targets.vote_patience, "read_vote", read).await;
}

/// A topic that can be voted on, and one of its choices.
async fn get_topic(attempt: Attempt, api: &Url, nonce: Uuid) -> Result<(String, String), Failed> {
    let url = at(api, &["topics"])?;
    let answer = attempt.send(fresh_get(&url, nonce)?).await?.expect(StatusCode::OK)?;
    let topics: Vec<Topic> = answer.json()?;
    let open = topics.into_iter().filter(|topic| topic.is_active);
    let mut ballots = open.filter_map(|topic| Some((topic.id, topic.choices.into_iter().next()?)));
    let (topic, choice) = ballots.next().ok_or_else(|| {
        Failed::new(Failure::Configuration, "no active topic with a choice: create one")
    })?;
    Ok((topic, choice.id))
}

/// Posts a vote that is marked as ours, so that it is not counted, and returns it.
async fn post_vote(
    attempt: Attempt,
    api: &Url,
    nonce: Uuid,
    topic: &str,
    choice: &str,
) -> Result<Vote, Failed> {
    let body = json!({ "topic_id": topic, "choice_id": choice }).to_string();
    let request = fresh(Method::POST, &at(api, &["votes"])?, nonce)
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-cloud-monitor", "probe")
        .body(Bytes::from(body));
    let answer = attempt.send(built(request)?).await?.expect(StatusCode::ACCEPTED)?;
    let vote: Vote = answer.json()?;
    match vote.topic_id == topic && vote.choice_id == choice {
        true => Ok(vote),
        false => Err(Failed::new(Failure::Body, "another vote was accepted than was posted")),
    }
}

/// Polls until the vote is there: 404 means not yet, and anything else ends the wait.
async fn read_vote(attempt: Attempt, api: &Url, vote: &Vote, nonce: Uuid) -> Result<(), Failed> {
    let url = at(api, &["votes", &vote.id])?;
    loop {
        let asked = Instant::now();
        let answer = attempt.send(fresh_get(&url, nonce)?).await?;
        let took = asked.elapsed();
        if answer.status != StatusCode::NOT_FOUND {
            let read: Vote = answer.expect(StatusCode::OK)?.json()?;
            let same = (&read.id, &read.topic_id, &read.choice_id)
                == (&vote.id, &vote.topic_id, &vote.choice_id);
            let other = || Failed::new(Failure::Body, "another vote was read than was posted");
            return same.then_some(()).ok_or_else(other);
        }
        // A poll that the deadline would cut off says less than those that were answered.
        if Instant::now() + POLL + 2 * took >= attempt.deadline {
            return Err(Failed::new(Failure::NotVisible, "accepted, and never readable"));
        }
        sleep(POLL).await;
    }
}

/// The address of a resource below the API's.
fn at(api: &Url, path: &[&str]) -> Result<Url, Failed> {
    let mut url = api.clone();
    url.path_segments_mut()
        .map_err(|()| Failed::new(Failure::Configuration, format!("{api} has no paths")))?
        .pop_if_empty()
        .extend(path);
    Ok(url)
}
