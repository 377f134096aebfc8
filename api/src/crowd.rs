//! Answers a crowd that asks for the same: computed once, kept in memory, packed once.
//!
//! | what | file in `crowd/` |
//! | --- | --- |
//! | which requests are the same | `key.rs` |
//! | those that come at the same moment share one computation, which goes on when they hang up | `flights.rs` |
//! | how long an answer is kept: as long as its own `Cache-Control` says | `lifetime.rs` |
//! | what is kept, and how a client gets it: whole, packed, or as a 304 | `answer.rs`, `coding.rs`, `conditions.rs` |
//! | how much is kept | `shelf.rs` |
//!
//! Only a 200 is kept. An error is told to those who wait for it and then forgotten, and an answer is
//! never given after its time because there is no better one: what is wrong does not stay, and what is
//! old does not come back. Where another SQLite file takes the place of the one that was read, all that
//! came from it is forgotten. Answers of the process itself and streams pass by.
//!
//! A handler must not look at headers: the next one with the same parameters gets the same answer. It
//! may set `Cache-Control` and `Last-Modified`; the defaults are 5 s, and when the content last changed.

mod answer;
pub(crate) mod coding;
pub(crate) mod conditions;
mod counts;
mod flights;
mod key;
mod lifetime;
mod shelf;

use std::sync::Arc;

use model::Database;
use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{Method, Uri},
};
use poem_openapi::registry::MetaApi;
use prometheus_client::registry::Registry;
use serve::problem::{self, Failure, Problem};

use crate::clock::Clock;

use self::{
    answer::{Answer, Moment},
    counts::Counts,
    flights::{Boarding, Flights},
    key::Paths,
    shelf::Shelf,
};

/// What everyone who asks for the same gets.
type Outcome = Result<Arc<Answer>, Failure>;

/// Keeps answers, and shares those that are being computed.
#[derive(Debug)]
pub struct Crowd {
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    paths: Paths,
    shelf: Shelf,
    flights: Flights<Outcome>,
    counts: Counts,
    clock: Clock,
    database: Database,
}

impl Crowd {
    /// A cache with nothing in it for the operations in `apis`, which ask `database`; it counts in
    /// `registry`.
    pub fn new(
        apis: &[MetaApi],
        clock: Clock,
        database: Database,
        registry: &mut Registry,
    ) -> Self {
        let (paths, counts) = (Paths::of(apis), Counts::register(registry));
        let (shelf, flights) = (Shelf::new(), Flights::new());
        Self { state: Arc::new(State { paths, shelf, flights, counts, clock, database }) }
    }
}

impl<E: Endpoint + 'static> Middleware<E> for Crowd {
    type Output = Crowded<E>;

    fn transform(&self, inner: E) -> Crowded<E> {
        Crowded { inner: Arc::new(inner), state: Arc::clone(&self.state) }
    }
}

/// The endpoint made by [`Crowd`].
#[derive(Debug)]
pub struct Crowded<E> {
    inner: Arc<E>,
    state: Arc<State>,
}

impl<E: Endpoint + 'static> Endpoint for Crowded<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let is_get = request.method() == Method::GET;
        let Some(key) = self.state.key(request.uri()).filter(|_| is_get) else {
            let mut response = self.inner.call(request).await?.into_response();
            lifetime::of_present(&mut response);
            return Ok(response);
        };
        if let Some(answer) = self.state.shelf.get(&key)
            && let Some(age) = answer.age(self.state.clock.running())
        {
            self.state.counts.hits.inc();
            return Ok(answer.respond(request.headers(), Some(age)).await);
        }
        self.wait(key, request).await
    }
}

impl<E: Endpoint + 'static> Crowded<E> {
    /// The answer that is being computed, or will be now.
    async fn wait(&self, key: String, request: Request) -> Result<Response> {
        let state = &self.state;
        let asked = request.headers().clone();
        let done = || state.fresh(&key).map(Ok);
        let work = || compute(Arc::clone(&self.inner), Arc::clone(state), key.clone(), request);
        let outcome = match state.flights.board(&key, done, work).await {
            Boarding::First(outcome) => outcome,
            Boarding::Joined(outcome) => {
                state.counts.shared.inc();
                outcome
            }
            Boarding::Done(outcome) => {
                state.counts.shared.inc();
                Some(outcome)
            }
        };
        let answer = outcome.ok_or_else(|| Problem::internal(BrokenOff))??;
        Ok(answer.respond(&asked, None).await)
    }
}

async fn compute<E: Endpoint>(
    inner: Arc<E>,
    state: Arc<State>,
    key: String,
    request: Request,
) -> Outcome {
    state.counts.misses.inc();
    let uri = request.uri().clone();
    let response = problem::attempt(uri.path(), inner.call(request)).await?;
    let made = Moment { date: state.clock.now().into(), running: state.clock.running() };
    let last = state.shelf.get(&key);
    let answer = Answer::of(response, made, last.as_deref()).await.map_err(Problem::internal)?;
    let answer = Arc::new(answer);
    if answer.lifetime().is_some() {
        state.shelf.put(key, Arc::clone(&answer));
        state.counts.kept_bytes.set(i64::try_from(state.shelf.bytes()).unwrap_or(i64::MAX));
    }
    Ok(answer)
}

impl State {
    /// What all requests that ask the same of the same database have in common: the answers of a
    /// SQLite file end with it.
    fn key(&self, uri: &Uri) -> Option<String> {
        let key = self.paths.key(uri)?;
        // `#` stands in no path and in no encoded parameter.
        Some(match self.database.generation() {
            Some(generation) => format!("{key}#{generation}"),
            None => key,
        })
    }

    fn fresh(&self, key: &str) -> Option<Arc<Answer>> {
        let answer = self.shelf.get(key)?;
        answer.age(self.clock.running()).map(|_| answer)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the computation of an answer broke off")]
struct BrokenOff;
