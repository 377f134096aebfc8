//! The databases that every test runs on: SQLite always, PostgreSQL where there is a server.
//!
//! `TEST_POSTGRES_URL` names a server on which databases may be created. Without it the tests
//! run on SQLite alone, unless `REQUIRE_POSTGRES` is set: then they fail.

use std::{
    env, process,
    sync::atomic::{AtomicU32, Ordering},
};

use model::{Database, DatabaseUrl};
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

/// A database of one test's own.
pub(crate) struct TestDatabase {
    /// Where it is.
    pub(crate) url: DatabaseUrl,
    /// A pool of connections to it.
    pub(crate) database: Database,
}

impl TestDatabase {
    async fn at(url: &str) -> Self {
        let url: DatabaseUrl = url.parse().unwrap();
        let database = Database::open(&url).await.unwrap();
        Self { url, database }
    }

    /// A pool of its own, as a second program has.
    pub(crate) async fn another_pool(&self) -> Database {
        Database::open(&self.url).await.unwrap()
    }

    /// Runs a statement that the store would never run.
    pub(crate) async fn meddle(&self, statement: &str) {
        self.database.connection().execute_unprepared(statement).await.unwrap();
    }
}

/// Runs `test` on a migrated database of each kind.
pub(crate) async fn on_each_database(test: impl AsyncFn(&TestDatabase)) {
    on_each_empty_database(async |store| {
        migration::up(&store.database).await.unwrap();
        test(store).await;
    })
    .await;
}

/// Runs `test` on a database of each kind that has no tables yet.
pub(crate) async fn on_each_empty_database(test: impl AsyncFn(&TestDatabase)) {
    println!("on SQLite");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("cloud_monitor.db");
    test(&TestDatabase::at(&format!("sqlite://{}", file.display())).await).await;
    on_empty_postgres(async |store, _| test(store).await).await;
}

/// Runs `test` on an empty PostgreSQL database, where there is a server. The test is given the
/// database's URL as text besides.
pub(crate) async fn on_empty_postgres(test: impl AsyncFn(&TestDatabase, &str)) {
    let Some(server) = postgres_server() else { return };
    println!("on PostgreSQL");
    let name = new_name();
    let admin = TestDatabase::at(&server).await;
    admin.meddle(&format!("CREATE DATABASE {name}")).await;
    let url = with_path(&server, &name);
    test(&TestDatabase::at(&url).await, &url).await;
    // A test that fails leaves its database for whoever wants to look at it.
    admin.meddle(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

fn postgres_server() -> Option<String> {
    let server = env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty());
    let is_required = env::var("REQUIRE_POSTGRES").is_ok_and(|value| !value.is_empty());
    assert!(server.is_some() || !is_required, "REQUIRE_POSTGRES is set, TEST_POSTGRES_URL is not");
    server
}

fn new_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let now = chrono::Utc::now().timestamp();
    format!("model_{}_{now}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn with_path(server: &str, path: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = address.rsplit_once('/').unwrap();
    format!("{host}/{path}?{query}")
}
