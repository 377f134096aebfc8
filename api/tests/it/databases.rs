//! The databases that every test runs on: SQLite always, PostgreSQL where there is a server.
//!
//! `TEST_POSTGRES_URL` names a server on which databases may be created. Without it the tests
//! run on SQLite alone, unless `REQUIRE_POSTGRES` is set: then they fail.

use std::{
    env,
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
};

use model::Database;
use tempfile::TempDir;

use crate::{
    program::{Program, Settings},
    proxy::Proxy,
};

/// Runs `test` on a program with a migrated database of each kind.
pub(crate) async fn on_each_database(test: impl AsyncFn(&Program)) {
    on_each_empty_database(async |program| {
        migration::up(&program.database).await.expect("a schema");
        test(program).await;
    })
    .await;
}

/// Runs `test` on a program with a database of each kind that has no tables yet.
pub(crate) async fn on_each_empty_database(test: impl AsyncFn(&Program)) {
    println!("on SQLite");
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("cloud_monitor.db");
    test(&Program::start(&format!("sqlite://{}", file.display())).await).await;
    let Some(server) = postgres_server() else { return };
    println!("on PostgreSQL");
    let name = new_name();
    execute(&server, &format!("CREATE DATABASE {name}"));
    test(&Program::start(&with_path(&server, &name)).await).await;
    // A test that fails leaves its database for whoever wants to look at it.
    execute(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
}

/// Runs `test` on a program that has a way to its PostgreSQL server which can be cut or clogged,
/// where there is a server. Recording takes another way.
pub(crate) async fn on_postgres_behind_a_proxy(test: impl AsyncFn(&Program, &Proxy)) {
    let Some(server) = postgres_server() else { return };
    let name = new_name();
    execute(&server, &format!("CREATE DATABASE {name}"));
    let url = with_path(&server, &name);
    let database = Database::open(&url.parse().expect("a URL")).await.expect("a database");
    migration::up(&database).await.expect("a schema");
    let (before, after) = url.split_once('@').expect("credentials");
    let (address, path) = after.split_once('/').expect("a path");
    let proxy = Proxy::to(address).await.expect("a proxy");
    let detour = format!("{before}@127.0.0.1:{}/{path}", proxy.port);
    test(&Program::serve(database, &detour, Settings::default()).await, &proxy).await;
    execute(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
}

/// Runs `test` on a program with a migrated PostgreSQL database, where there is a server. The test
/// is given the switch that cuts the database off and brings it back.
pub(crate) async fn on_postgres(test: impl AsyncFn(&Program, &Switch)) {
    let Some(server) = postgres_server() else { return };
    let name = new_name();
    execute(&server, &format!("CREATE DATABASE {name}"));
    let program = Program::start(&with_path(&server, &name)).await;
    migration::up(&program.database).await.expect("a schema");
    test(&program, &Switch { server: server.clone(), name: name.clone() }).await;
    execute(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
}

/// Cuts a database off.
pub(crate) struct Switch {
    server: String,
    name: String,
}

impl Switch {
    /// Ends every connection to the database, and refuses new ones.
    pub(crate) fn cut(&self) {
        let name = &self.name;
        execute(&self.server, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"));
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname";
        execute(&self.server, &format!("{end} = '{name}'"));
    }

    /// Lets connections to the database in again.
    pub(crate) fn bring_back(&self) {
        let allow = format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", self.name);
        execute(&self.server, &allow);
    }
}

fn postgres_server() -> Option<String> {
    let server = env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty());
    let is_required = env::var("REQUIRE_POSTGRES").is_ok_and(|value| !value.is_empty());
    assert!(server.is_some() || !is_required, "REQUIRE_POSTGRES is set, TEST_POSTGRES_URL is not");
    server
}

/// Runs a statement by way of `psql`: the API has no statements of its own.
fn execute(server: &str, statement: &str) {
    let status = Command::new("psql").args(["-qXo", "/dev/null", server, "-c", statement]).status();
    assert!(status.expect("psql").success(), "{statement}");
}

fn new_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let now = chrono::Utc::now().timestamp();
    format!("api_{}_{now}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn with_path(server: &str, path: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = address.rsplit_once('/').expect("a path");
    format!("{host}/{path}?{query}")
}
