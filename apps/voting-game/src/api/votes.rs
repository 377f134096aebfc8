//! `/votes`: casting votes, and looking at those that were stored.

use chrono::{SubsecRound, Utc};
use poem::{IntoResponse, Request, Response, handler, http::StatusCode, web::Data, web::Json};
use serde::Deserialize;
use serve::problem::Problem;
use uuid::Uuid;

use super::{Game, caching, input};
use crate::{error::Error, vote::Ballot};

/// What a monitor says in `X-Cloud-Monitor`, so that its votes never count.
const PROBE: &str = "probe";

#[derive(Deserialize)]
struct NewVote {
    topic_id: Uuid,
    choice_id: Uuid,
}

/// `POST /votes`: puts a vote into the queue and does nothing else, so it works while the table is away.
#[handler]
pub(super) async fn cast(
    request: &Request,
    body: Vec<u8>,
    game: Data<&Game>,
) -> Result<Response, Problem> {
    let NewVote { topic_id, choice_id } = input::body(&body)?;
    let probe = request.header("X-Cloud-Monitor") == Some(PROBE);
    let queued_at = Utc::now().trunc_subsecs(6);
    let ballot = Ballot { id: Uuid::new_v4(), topic_id, choice_id, queued_at, probe };
    game.queue.send(&ballot).await?;
    Ok(Json(ballot).with_status(StatusCode::ACCEPTED).into_response())
}

/// `GET /votes/{id}`: a vote that the worker has stored; 404 until then.
#[handler]
pub(super) async fn read(request: &Request, game: Data<&Game>) -> Result<Response, Problem> {
    let vote = game.votes.find(input::id(request)?).await?;
    Ok(caching::for_a_second(vote))
}

/// `GET /votes?topic_id=`: the newest 100 votes on a topic, newest first; those of probes left out.
#[handler]
pub(super) async fn list(request: &Request, game: Data<&Game>) -> Result<Response, Problem> {
    let missing = || Error::invalid("topic_id", "this parameter is needed");
    let topic_id = input::parameter(request, "topic_id")?.ok_or_else(missing)?;
    Ok(caching::for_a_second(game.votes.newest(topic_id).await?))
}
