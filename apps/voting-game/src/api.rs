//! The game over HTTP: the routes, and what they need.

mod caching;
mod input;
mod topics;
mod votes;

use poem::{
    EndpointExt, Response, Route, endpoint::BoxEndpoint, get, handler, middleware::Cors, web::Json,
};
use serde_json::{Value, json};
use serve::{body::BodyLimit, configuration::Secret, problem::Problems, request_id::RequestIds};

use crate::{
    cloud::Cloud,
    configuration::Place,
    topic::Topics,
    vote::{VoteQueue, Votes},
};

/// What the handlers work with.
#[derive(Clone, Debug)]
pub struct Game {
    topics: Topics,
    votes: Votes,
    queue: VoteQueue,
    api_key: Secret,
}

impl Game {
    /// The game at that place, its topics in the hands of who has the key.
    pub fn new(cloud: Cloud, place: &Place, api_key: Secret) -> Self {
        Self {
            topics: Topics::new(cloud.dynamodb.clone(), &place.topics_table),
            votes: Votes::new(cloud.dynamodb, &place.votes_table),
            queue: VoteQueue::new(cloud.sqs, &place.queue_url),
            api_key,
        }
    }
}

/// The whole application.
pub fn app(game: Game) -> BoxEndpoint<'static, Response> {
    Route::new()
        .at("/topics", get(topics::list).post(topics::create))
        .at("/topics/:id", get(topics::read).put(topics::change))
        .at("/votes", get(votes::list).post(votes::cast))
        .at("/votes/:id", get(votes::read))
        .at("/livez", get(liveness))
        .data(game)
        .with(BodyLimit)
        .with(Problems)
        .after(caching::not_unless_said)
        .with(RequestIds)
        // Readers of the dashboard try the game from their own browser; nothing here knows who asks.
        .with(Cors::new().allow_credentials(false))
        .boxed()
}

/// The process is alive as long as it can answer at all, whatever the provider does.
#[handler]
fn liveness() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}
