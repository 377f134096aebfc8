//! `/topics`: what can be voted on.

use chrono::{SubsecRound, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use poem::{IntoResponse, Request, Response, handler, http::StatusCode, web::Data, web::Json};
use serve::problem::Problem;
use uuid::Uuid;

use super::{Game, caching, input};
use crate::{
    error::Error,
    tally,
    topic::{Draft, Topic},
};

/// 100: how many topics a list has unless asked otherwise.
const LISTED: usize = 100;
/// 1,000: the most that can be asked for.
const MOST_LISTED: usize = 1000;
/// 10: how many tallies are made at once for a list.
const TALLIES_AT_ONCE: usize = 10;

/// `GET /topics?include_votes=false&limit=100`: the newest topics, newest first.
#[handler]
pub(super) async fn list(request: &Request, game: Data<&Game>) -> Result<Response, Problem> {
    let with_votes = input::parameter(request, "include_votes")?.unwrap_or(false);
    let limit = input::parameter(request, "limit")?.unwrap_or(LISTED);
    if !(1..=MOST_LISTED).contains(&limit) {
        return Err(Error::invalid("limit", format!("1 to {MOST_LISTED} are possible")).into());
    }
    let topics = game.topics.newest(limit).await?;
    let topics = if with_votes { game.tally_all(topics).await? } else { topics };
    Ok(caching::for_a_second(topics))
}

/// `GET /topics/{id}?include_votes=false`: one topic.
#[handler]
pub(super) async fn read(request: &Request, game: Data<&Game>) -> Result<Response, Problem> {
    let id = input::id(request)?;
    let with_votes = input::parameter(request, "include_votes")?.unwrap_or(false);
    let topic = game.topics.find(id).await?;
    let topic = if with_votes { game.tally(topic).await? } else { topic };
    Ok(caching::for_a_second(topic))
}

/// `POST /topics`: makes a topic.
#[handler]
pub(super) async fn create(body: Vec<u8>, game: Data<&Game>) -> Result<Response, Problem> {
    let topic = game.admit(&body, Uuid::new_v4())?;
    game.topics.add(&topic).await?;
    Ok(Json(topic).with_status(StatusCode::CREATED).into_response())
}

/// `PUT /topics/{id}`: replaces a topic's title, choices and activity.
#[handler]
pub(super) async fn change(
    request: &Request,
    body: Vec<u8>,
    game: Data<&Game>,
) -> Result<Response, Problem> {
    let topic = game.admit(&body, input::id(request)?)?;
    Ok(Json(game.topics.change(topic).await?).into_response())
}

impl Game {
    /// The topic in a body whose sender has the key.
    fn admit(&self, body: &[u8], id: Uuid) -> Result<Topic, Error> {
        let draft: Draft = input::body(body)?;
        if !self.api_key.matches(&draft.api_key) {
            return Err(Error::WrongKey);
        }
        // Microseconds are what is stored; the answer must not differ from it.
        draft.into_topic(id, Utc::now().trunc_subsecs(6))
    }

    async fn tally(&self, mut topic: Topic) -> Result<Topic, Error> {
        let votes = self.votes.newest(topic.id).await?;
        tally::count(&mut topic, &votes);
        Ok(topic)
    }

    async fn tally_all(&self, topics: Vec<Topic>) -> Result<Vec<Topic>, Error> {
        let tallies = stream::iter(topics).map(|topic| self.tally(topic));
        tallies.buffered(TALLIES_AT_ONCE).try_collect().await
    }
}
