//! Where the answers come from: a replica where there is one, and never a file that we made.

use model::{Database, Status::Up};
use tempfile::TempDir;

use crate::{
    builders::{judged, round},
    databases::on_each_database,
    program::{Program, Settings},
};

#[tokio::test]
async fn answers_come_from_the_replica() {
    on_each_database(async |primary| {
        primary.record(round(0, [judged("SQS", Up)])).await;
        let folder = TempDir::new().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("replica.db").display());
        let url = url.parse().expect("a URL");
        let replica = Database::open(&url).await.expect("a database");
        migration::up(&replica).await.expect("a schema");
        let read = Database::open_to_read(&url).await.expect("a database");
        let settings = Settings { replica: Some(read), ..Settings::default() };
        let program = Program::serve(replica, &primary.database_url, settings).await;
        program.record(round(0, [judged("S3", Up)])).await;
        let services = program.json("/v1/services").await;
        assert_eq!(services["items"][0]["name"], "S3");
        assert_eq!(services["items"].as_array().map(Vec::len), Some(1));
        let readiness = program.json("/readyz").await;
        let checks = readiness["checks"].as_array().expect("checks");
        let names: Vec<_> = checks.iter().map(|check| check["name"].clone()).collect();
        assert_eq!(names, ["database", "migrations", "replica", "replica migrations"]);
    })
    .await;
}

#[tokio::test]
async fn a_missing_file_is_named_not_made_and_found_once_it_is_there() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("data/cloud_monitor.db");
    let address = format!("sqlite://{}", file.display());
    let url = address.parse().expect("a URL");
    let read = Database::open_to_read(&url).await.expect("a database");
    let program = Program::serve(read, &address, Settings::default()).await;
    assert_eq!(program.get("/v1/regions").await.status(), 503);
    let readiness: serde_json::Value = program.get("/readyz").await.json().await.expect("JSON");
    let detail = readiness["checks"][0]["detail"].as_str().expect("a detail");
    assert_eq!(detail, format!("the file {} does not exist", file.display()));
    assert!(!folder.path().join("data").exists());

    let writing = Database::open(&url).await.expect("a database");
    migration::up(&writing).await.expect("a schema");
    assert_eq!(program.get("/v1/regions").await.status(), 200);
    assert_eq!(program.get("/readyz").await.status(), 200);
}

#[tokio::test]
async fn what_only_reads_cannot_write_a_file() {
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("a.db").display());
    let url = url.parse().expect("a URL");
    migration::up(&Database::open(&url).await.expect("a database")).await.expect("a schema");
    let read = Database::open_to_read(&url).await.expect("a database");
    let round = round(0, [judged("SQS", Up)]);
    assert!(model::round::record(&read, &round, round.started_at).await.is_err());
}
