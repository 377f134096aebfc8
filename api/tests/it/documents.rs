//! The documents, and the golden file of the OpenAPI one.

use std::{env, fs, path::Path};

use serde_json::Value;

use crate::program::Program;

/// `UPDATE_GOLDEN=1 cargo test -p api` writes the file anew; the diff is then for the reviewer.
#[test]
fn the_document_is_the_golden_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let document = format!("{}\n", api::documents::openapi());
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&file, &document).expect("a write");
    }
    let golden = fs::read_to_string(&file).expect("api/openapi.json");
    assert!(document == golden, "api/openapi.json is out of date: run with UPDATE_GOLDEN=1");
}

#[test]
fn every_operation_is_described() {
    let document: Value = serde_json::from_str(&api::documents::openapi()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() >= 10, "{}", paths.len());
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("methods") {
            for field in ["summary", "description", "operationId", "tags"] {
                assert!(!operation[field].is_null(), "{method} {path} has no {field}");
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{path}: {parameter}");
            }
        }
    }
}

#[test]
fn every_field_is_described() {
    let document: Value = serde_json::from_str(&api::documents::openapi()).expect("JSON");
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    for (schema, definition) in schemas {
        assert!(definition["description"].is_string(), "{schema}");
        for (name, field) in definition["properties"].as_object().into_iter().flatten() {
            let described = !field["description"].is_null() || !field["allOf"].is_null();
            assert!(described || !field["$ref"].is_null(), "{schema}.{name}: {field}");
        }
    }
}

#[tokio::test]
async fn the_documents_are_served_without_a_database() {
    let program = Program::start("postgresql://127.0.0.1:9/nothing").await;
    let document = program.json("/openapi.json").await;
    assert_eq!(document["info"]["title"], "Cloud Monitor");
    for (path, mark) in [("/docs", "SwaggerUIBundle"), ("/redoc", "Redoc.init")] {
        let response = program.get(path).await;
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        let page = response.text().await.expect("text");
        assert!(page.contains(mark) && page.contains("/v1/measurements"), "{path}");
        assert!(!page.contains("fonts.googleapis.com"), "{path}");
    }
}

#[tokio::test]
async fn metrics_of_the_process_are_in_the_prometheus_format() {
    let program = Program::start("postgresql://127.0.0.1:9/nothing").await;
    program.get("/livez").await;
    let text = program.get("/prometheus").await.text().await.expect("text");
    let line = r#"http_requests_total{operation="read_liveness",status="200"} 1"#;
    assert!(text.contains(line), "{text}");
}
