//! The databases that tests run on: SQLite always, PostgreSQL where there is a server.
//!
//! `TEST_POSTGRES_URL` names a server on which databases may be created. Without it the tests
//! run on SQLite alone, unless `REQUIRE_POSTGRES` is set: then they fail.

use std::{
    env,
    path::PathBuf,
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
};

use chrono::{DateTime, Utc};
use model::{Database, PageRequest, measurement, observation};
use tempfile::TempDir;

/// A database and a journal of one test's own.
pub(crate) struct Store {
    pub(crate) url: String,
    pub(crate) database: Database,
    folder: TempDir,
}

impl Store {
    async fn at(url: String, folder: TempDir) -> Self {
        let database = Database::open(&url.parse().unwrap()).await.unwrap();
        Self { url, database, folder }
    }

    /// A SQLite database without tables.
    pub(crate) async fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("cloud_monitor.db").display());
        Self::at(url, folder).await
    }

    /// A SQLite database.
    pub(crate) async fn new() -> Self {
        let store = Self::empty().await;
        migration::up(&store.database).await.unwrap();
        store
    }

    /// Where rounds wait.
    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    /// How many rounds wait.
    pub(crate) fn waiting(&self) -> usize {
        std::fs::read_dir(self.journal()).map_or(0, Iterator::count)
    }

    /// All observations, in the order in which they were written.
    pub(crate) async fn observations(&self) -> Vec<observation::Recorded> {
        let all = PageRequest { limit: 1000, after: None };
        let filter = observation::Filter::default();
        let mut rows = observation::list(&self.database, &filter, &all).await.unwrap().items;
        rows.sort_by_key(|row| row.id);
        rows
    }

    /// All measurements.
    pub(crate) async fn measurements(&self) -> Vec<measurement::Recorded> {
        let all = PageRequest { limit: 1000, after: None };
        let filter = measurement::Filter::default();
        measurement::list(&self.database, &filter, &all).await.unwrap().items
    }

    /// The slots that have rows, each once, in the order in which they were written.
    pub(crate) async fn slots(&self) -> Vec<DateTime<Utc>> {
        let mut slots: Vec<_> =
            self.observations().await.into_iter().filter_map(|row| row.slot).collect();
        slots.dedup();
        slots
    }
}

/// Runs `test` on a migrated database of each kind.
pub(crate) async fn on_each_database(test: impl AsyncFn(&Store)) {
    println!("on SQLite");
    test(&Store::new().await).await;
    on_postgres(test).await;
}

/// Runs `test` on a migrated PostgreSQL database, where there is a server.
pub(crate) async fn on_postgres(test: impl AsyncFn(&Store)) {
    let Some(server) = postgres_server() else {
        println!("not on PostgreSQL: TEST_POSTGRES_URL is not set");
        return;
    };
    println!("on PostgreSQL");
    let name = new_name();
    execute(&server, &format!("CREATE DATABASE {name}"));
    let store = Store::at(with_path(&server, &name), TempDir::new().unwrap()).await;
    migration::up(&store.database).await.unwrap();
    test(&store).await;
    // A test that fails leaves its database for whoever wants to look at it.
    execute(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
}

/// `host:port` of a URL.
pub(crate) fn server_of(url: &str) -> &str {
    url.rsplit_once('@').unwrap().1.split_once('/').unwrap().0
}

/// `url` with another port, on this machine.
pub(crate) fn through(url: &str, port: u16) -> String {
    let (credentials, place) = url.rsplit_once('@').unwrap();
    let (_, path) = place.split_once('/').unwrap();
    format!("{credentials}@127.0.0.1:{port}/{path}")
}

fn postgres_server() -> Option<String> {
    let server = env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty());
    let is_required = env::var("REQUIRE_POSTGRES").is_ok_and(|value| !value.is_empty());
    assert!(server.is_some() || !is_required, "REQUIRE_POSTGRES is set, TEST_POSTGRES_URL is not");
    server
}

/// Runs a statement by way of `psql`: the runner has no statements of its own.
fn execute(server: &str, statement: &str) {
    let status = Command::new("psql").args(["-qX", server, "-c", statement]).status();
    assert!(status.expect("psql").success(), "{statement}");
}

fn new_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let now = Utc::now().timestamp();
    format!("runner_{}_{now}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn with_path(server: &str, path: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = address.rsplit_once('/').unwrap();
    format!("{host}/{path}?{query}")
}
