//! What the function answers: the proxy response of API Gateway, also to a direct invocation.

use serde_json::{Value, json};

use crate::shade::Shade;

/// The answer to one event.
///
/// API Gateway's payload of version 2 names the route in `rawPath`; every path that ends in
/// `/shades` is ours, whatever the stage before it. An event without a path is a direct invocation.
pub(crate) fn to(event: &Value, shade: Shade) -> Value {
    match event.get("rawPath").and_then(Value::as_str) {
        Some(path) if !path.ends_with("/shades") => not_found(path),
        _ => proxied(200, &json!(shade)),
    }
}

fn not_found(path: &str) -> Value {
    proxied(
        404,
        &json!({ "status": 404, "title": "Not Found", "detail": format!("there is nothing at {path}") }),
    )
}

/// The body travels as a string, and no cache may keep it: each answer is a new shade. Every page
/// may ask for one, so that readers of the dashboard can try it.
fn proxied(status: u16, body: &Value) -> Value {
    json!({
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "Access-Control-Allow-Origin": "*",
        },
        "body": body.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn teal() -> Shade {
        Shade { hex: "#008080".into(), name: "mid teal".into() }
    }

    #[test]
    fn the_gateway_and_a_direct_invocation_get_the_same_answer() {
        let proxied = json!({ "version": "2.0", "routeKey": "GET /shades", "rawPath": "/shades" });
        assert_eq!(to(&proxied, teal()), to(&json!({}), teal()));
    }

    #[test]
    fn the_body_is_a_string_of_json() {
        let answer = to(&json!({}), teal());
        assert_eq!(answer["statusCode"], 200);
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(body, json!({ "hex": "#008080", "name": "mid teal" }));
    }

    #[test]
    fn a_stage_before_the_path_does_not_matter() {
        assert_eq!(to(&json!({ "rawPath": "/live/shades" }), teal())["statusCode"], 200);
    }

    #[test]
    fn another_path_is_not_found() {
        assert_eq!(to(&json!({ "rawPath": "/colours" }), teal())["statusCode"], 404);
    }
}
