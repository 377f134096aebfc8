//! A SQLite file that is replaced, or taken away, while the API runs.

use std::{fs, path::Path};

use model::{Database, Status::Up, round};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    builders::{judged, round},
    program::Program,
};

/// An answer that is kept for an hour.
const CLOSED: &str = "/v1/uptime?from=2026-11-19T18:00:00Z&to=2026-11-19T18:30:00Z";

/// An answer that is kept for seconds.
const CURRENT: &str = "/v1/services";

/// A file in which `service` was up.
async fn history(file: &Path, service: &'static str) {
    let url = format!("sqlite://{}", file.display()).parse().expect("a URL");
    let database = Database::open(&url).await.expect("a database");
    migration::up(&database).await.expect("a schema");
    let round = round(0, [judged(service, Up)]);
    round::record(&database, &round, round.started_at).await.expect("a record");
    database.connection().clone().close().await.expect("an end");
}

/// What the answers are about; several at once, so that there are several connections.
async fn told_of(program: &Program) -> Vec<Value> {
    let (closed, current, again) =
        tokio::join!(program.json(CLOSED), program.json(CURRENT), program.json("/v1/measurements"));
    vec![
        closed["items"][0]["service"].clone(),
        current["items"][0]["name"].clone(),
        again["items"][0]["service"].clone(),
    ]
}

#[tokio::test]
async fn answers_come_from_the_file_that_is_there_now() {
    let folder = TempDir::new().expect("a folder");
    let (file, other) = (folder.path().join("a.db"), folder.path().join("b.db"));
    history(&file, "SQS").await;
    let program = Program::start(&format!("sqlite://{}", file.display())).await;
    assert_eq!(told_of(&program).await, ["SQS"; 3]);
    for service in ["S3", "EC2", "IAM"] {
        history(&other, service).await;
        fs::rename(&other, &file).expect("a move");
        for _ in 0..3 {
            assert_eq!(told_of(&program).await, [service; 3]);
        }
    }
}

#[tokio::test]
async fn what_was_recorded_last_does_not_get_into_the_next_file() {
    let folder = TempDir::new().expect("a folder");
    let (file, other) = (folder.path().join("a.db"), folder.path().join("b.db"));
    history(&file, "SQS").await;
    let program = Program::start(&format!("sqlite://{}", file.display())).await;
    program.record(round(1, [judged("SQS", Up)])).await;
    assert_eq!(told_of(&program).await, ["SQS"; 3]);
    program.database.checkpoint().await.expect("an end");
    history(&other, "S3").await;
    fs::rename(&other, &file).expect("a move");
    assert_eq!(told_of(&program).await, ["S3"; 3]);
    let judged = program.json("/v1/measurements").await;
    assert_eq!(judged["items"].as_array().map(Vec::len), Some(1), "{judged}");
}

#[tokio::test]
async fn a_file_that_is_gone_is_a_503_until_it_is_back() {
    let folder = TempDir::new().expect("a folder");
    let (file, elsewhere) = (folder.path().join("a.db"), folder.path().join("b.db"));
    history(&file, "SQS").await;
    let program = Program::start(&format!("sqlite://{}", file.display())).await;
    assert_eq!(told_of(&program).await, ["SQS"; 3]);
    fs::rename(&file, &elsewhere).expect("a move");
    for path in [CLOSED, CURRENT, "/v1/regions"] {
        assert_eq!(program.get(path).await.headers()["retry-after"], "5", "{path}");
        assert_eq!(program.problem(path).await["code"], "unavailable", "{path}");
    }
    assert_eq!(program.get("/readyz").await.status(), 503);
    assert!(!file.exists());
    fs::rename(&elsewhere, &file).expect("a move");
    assert_eq!(told_of(&program).await, ["SQS"; 3]);
    assert_eq!(program.get("/readyz").await.status(), 200);
}
