//! The routes.

use poem::{
    EndpointExt, IntoResponse, Request, Response, Route, endpoint::BoxEndpoint, get, handler,
    http::header::CACHE_CONTROL, middleware::Cors, web::Json,
};
use serde_json::{Value, json};
use serve::{
    body::BodyLimit,
    problem::{Problem, Problems},
    request_id::RequestIds,
};

use crate::quote;

/// The whole application.
pub(crate) fn app() -> BoxEndpoint<'static, Response> {
    Route::new()
        .at("/quote", get(read_quote))
        .at("/livez", get(liveness))
        .with(BodyLimit)
        .with(Problems)
        .with(RequestIds)
        // Readers of the dashboard try it from their own browser.
        .with(Cors::new().allow_credentials(false))
        .boxed()
}

/// `GET /quote?trim=false`: a random quote. No cache may keep it: each answer is a new one.
#[handler]
async fn read_quote(request: &Request) -> Result<Response, Problem> {
    let refusal = || Problem::invalid_parameter("trim", "trim: true or false is needed");
    let trim = is_trimmed(request).ok_or_else(refusal)?;
    let quote = quote::random();
    let text = if trim { quote::trimmed(quote.text) } else { quote.to_string() };
    Ok(Json(text).with_header(CACHE_CONTROL, "no-store").into_response())
}

#[handler]
fn liveness() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `None` where the parameter says neither.
fn is_trimmed(request: &Request) -> Option<bool> {
    let query: Vec<(String, String)> = request.params().ok()?;
    match query.iter().rev().find(|(name, _)| name == "trim").map(|(_, value)| value.as_str()) {
        None | Some("false") => Some(false),
        Some("true") => Some(true),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use poem::{Endpoint, http::StatusCode};

    use super::*;

    async fn answer(uri: &'static str) -> (StatusCode, Value) {
        let request = Request::builder().uri(uri.parse().expect("a URI")).finish();
        let response = app().get_response(request).await;
        let status = response.status();
        (status, response.into_body().into_json().await.expect("JSON"))
    }

    #[tokio::test]
    async fn a_trimmed_quote_is_a_json_string_of_at_most_140_characters() {
        for _ in 0..200 {
            let (status, quote) = answer("/quote?trim=true&nocache=7").await;
            assert_eq!(status, StatusCode::OK);
            assert!((1..=140).contains(&quote.as_str().expect("a string").chars().count()));
        }
    }

    #[tokio::test]
    async fn a_whole_quote_says_who_wrote_it() {
        let (_, quote) = answer("/quote").await;
        assert!(quote.as_str().expect("a string").contains(" — "), "{quote}");
    }

    #[tokio::test]
    async fn a_malformed_parameter_is_named() {
        let (status, problem) = answer("/quote?trim=perhaps").await;
        assert_eq!((status, &problem["parameter"]), (StatusCode::BAD_REQUEST, &json!("trim")));
    }

    #[tokio::test]
    async fn it_says_that_it_is_alive() {
        assert_eq!(answer("/livez").await, (StatusCode::OK, json!({ "status": "alive" })));
    }
}
