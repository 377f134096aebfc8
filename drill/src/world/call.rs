//! Calls of our own programs.

use std::time::Duration;

use serde_json::Value;

use crate::error::Error;

/// A minute: longer than any round, and an end to waiting all the same.
const PATIENCE: Duration = Duration::from_secs(60);

/// Characters of an answer that say what is wrong with it.
const TOLD: usize = 300;

/// The JSON answer to a request, with a status of success.
///
/// # Errors
/// Says what was asked and what came instead.
pub(super) async fn json(request: reqwest::RequestBuilder) -> Result<Value, Error> {
    let (client, request) = request.build_split();
    let request = request.map_err(|error| answer("a request", error))?;
    let call = format!("{} {}", request.method(), request.url());
    let response = client.execute(request).await.map_err(|error| answer(&call, error))?;
    let status = response.status();
    let text = response.text().await.map_err(|error| answer(&call, error))?;
    if !status.is_success() {
        return Err(answer(&call, format!("{status}: {text}")));
    }
    serde_json::from_str(&text).map_err(|error| answer(&call, error))
}

/// A client that goes straight to loopback.
pub(super) fn client() -> Result<reqwest::Client, Error> {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
    client.map_err(|error| answer("a client", error))
}

fn answer(call: &str, problem: impl std::fmt::Display) -> Error {
    let problem = problem.to_string().chars().take(TOLD).collect();
    Error::Answer { call: call.to_owned(), problem }
}
