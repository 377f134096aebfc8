//! What the runner says about itself.

use std::{env, fs, path::Path};

use serde_json::{Value, json};

use crate::{
    databases::{Store, on_each_database},
    program::{Program, all_at, endpoints_at, minute, request, with},
    provider::{self, Reply},
};

#[tokio::test]
async fn the_registry_says_which_variable_a_disabled_probe_misses() {
    let store = Store::new().await;
    let program = Program::start(&store, &endpoints_at("http://127.0.0.1:9")).await;
    let answer = program.call("GET", "/probes").await;
    assert_eq!(answer.status, 200);
    insta::assert_json_snapshot!("registry", answer.json);
}

#[tokio::test]
async fn with_every_target_configured_every_probe_is_enabled() {
    let store = Store::new().await;
    let others = [("TM_S3_BUCKET", "bucket"), ("TM_CONTROL_URLS", "http://127.0.0.1:9")];
    let variables = with(all_at("http://127.0.0.1:9"), &others);
    let program = Program::start(&store, &variables).await;
    let answer = program.call("GET", "/probes").await.json;
    let probes = answer.as_array().unwrap();
    assert_eq!(probes.len(), task_runner::registry::PROBES.len());
    assert!(probes.iter().all(|probe| probe["enabled"] == true), "{answer}");
}

#[tokio::test]
async fn a_disabled_probe_is_neither_up_nor_down() {
    let target = provider::answering(|_| Reply::new(500, "")).await;
    let store = Store::new().await;
    let program = Program::start(&store, &endpoints_at(&target.url())).await;
    let answer = program.trigger(minute(0)).await.json;
    let judged: Vec<_> = answer["measurements"].as_array().unwrap().iter().collect();
    let judged: Vec<_> = judged.iter().map(|row| row["service"].as_str().unwrap()).collect();
    assert_eq!(judged, ["DynamoDB", "Lambda", "SQS"]);
}

#[tokio::test]
async fn a_runner_with_a_migrated_database_is_ready() {
    on_each_database(async |store| {
        let program = Program::start(store, &[]).await;
        let answer = program.call("GET", "/readyz").await;
        assert_eq!((answer.status, &answer.json["ready"]), (200, &Value::Bool(true)));
        assert_eq!(program.call("GET", "/livez").await.json, json!({ "status": "alive" }));
    })
    .await;
}

#[tokio::test]
async fn a_runner_with_an_empty_database_says_what_to_do() {
    let store = Store::empty().await;
    let program = Program::start(&store, &[]).await;
    let answer = program.call("GET", "/readyz").await;
    assert_eq!(answer.status, 503);
    let text = answer.json["checks"].to_string();
    assert!(text.contains("migration up"), "{text}");
    assert_eq!(program.call("GET", "/livez").await.status, 200);
}

#[tokio::test]
async fn metrics_count_rounds_by_what_became_of_them() {
    let target = provider::answering(|_| Reply::new(500, "")).await;
    let store = Store::new().await;
    let program = Program::start(&store, &all_at(&target.url())).await;
    for n in [-2, -1, -1] {
        assert_eq!(program.trigger(minute(n)).await.status, 200);
    }
    let text = text(&program, "/prometheus").await;
    for line in [
        "rounds_total{kept=\"recorded\"} 2".to_owned(),
        "rounds_total{kept=\"duplicate\"} 1".to_owned(),
        "round_duration_seconds_count 2".to_owned(),
        format!("newest_slot_timestamp_seconds {}", minute(-1).timestamp()),
    ] {
        assert!(text.contains(&line), "{line} in {text}");
    }
}

/// `UPDATE_GOLDEN=1 cargo test -p task-runner` writes the file anew; the diff is then for the
/// reviewer.
#[tokio::test]
async fn the_document_is_the_golden_one() {
    let store = Store::new().await;
    let program = Program::start(&store, &with(Vec::new(), &[])).await;
    let document = format!("{}\n", text(&program, "/openapi.json").await);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&file, &document).unwrap();
    }
    let golden = fs::read_to_string(&file).unwrap();
    assert!(document == golden, "openapi.json is out of date: run with UPDATE_GOLDEN=1");
    assert!(text(&program, "/docs").await.contains("swagger"));
}

#[tokio::test]
async fn every_operation_and_parameter_is_described() {
    let store = Store::new().await;
    let program = Program::start(&store, &with(Vec::new(), &[])).await;
    let document = program.call("GET", "/openapi.json").await.json;
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 6);
    for (path, methods) in paths {
        for operation in methods.as_object().unwrap().values() {
            for field in ["summary", "description", "operationId", "tags"] {
                assert!(!operation[field].is_null(), "{path} has no {field}");
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{path}: {parameter}");
                let schema = &parameter["schema"];
                let shown = !schema["example"].is_null() || !schema["default"].is_null();
                assert!(shown, "{path}: {parameter}");
            }
        }
    }
}

async fn text(program: &Program, path: &str) -> String {
    let response = request(program.address, "GET", path).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}
