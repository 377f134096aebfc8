//! The databases of a test: an empty source on PostgreSQL, and a migrated target of each kind.
//!
//! `TEST_POSTGRES_URL` names a server on which databases may be created. Without it there is no
//! source, and nothing is tested, unless `REQUIRE_POSTGRES` is set: then the tests fail.

use std::{
    env, process,
    sync::atomic::{AtomicU32, Ordering},
};

use chrono::{DateTime, Utc};
use migration::import::{self, Error, Options, Report};
use model::Database;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};
use tempfile::TempDir;

use crate::source::Source;

/// Our database.
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) database: Database,
}

/// A measurement, by its names: slot, region, service, kind, status, and latency.
pub(crate) type Measured = (DateTime<Utc>, String, String, i16, i16, Option<i32>);

impl Target {
    pub(crate) async fn at(url: &str) -> Self {
        let database = Database::open(&url.parse().unwrap()).await.unwrap();
        Self { url: url.to_owned(), database }
    }

    /// Imports with these options changed.
    pub(crate) async fn import(
        &self,
        source: &Source,
        change: impl FnOnce(&mut Options),
    ) -> Result<Report, Error> {
        let from = source.url.parse().unwrap();
        let mut options = Options { from, skip_bad: false, dry_run: false, again: false };
        change(&mut options);
        let report = import::run(&self.database, &options).await?;
        assert_eq!(report.accounted(), report.survey.total, "{report}");
        Ok(report)
    }

    /// Every measurement, in the order of time.
    pub(crate) async fn measured(&self) -> Vec<Measured> {
        let question = "SELECT slot, region.name, service.name, kind, status, latency_us
            FROM measurement JOIN region ON region.id = region_id
            JOIN service ON service.id = service_id ORDER BY 1, 2, 3";
        let question = Statement::from_string(self.database.get_database_backend(), question);
        let rows = self.database.query_all_raw(question).await.unwrap();
        rows.iter().map(|row| row.try_get_many_by_index().unwrap()).collect()
    }

    /// The number that a question is answered with.
    pub(crate) async fn number(&self, question: &str) -> i64 {
        let question = Statement::from_string(self.database.get_database_backend(), question);
        let row = self.database.query_one_raw(question).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }
}

/// Runs `test` on an empty source and a migrated target of each kind.
pub(crate) async fn on_each_target(test: impl AsyncFn(&Source, &Target)) {
    let Some(server) = postgres_server() else { return };
    for kind in [DbBackend::Sqlite, DbBackend::Postgres] {
        println!("into {kind:?}");
        with_targets(&server, kind, async |source, [target, _]| test(source, target).await).await;
    }
}

/// Runs `test` on an empty source and two migrated targets of each kind.
pub(crate) async fn on_two_targets_of_each_kind(test: impl AsyncFn(&Source, [&Target; 2])) {
    let Some(server) = postgres_server() else { return };
    for kind in [DbBackend::Sqlite, DbBackend::Postgres] {
        println!("into {kind:?}");
        with_targets(&server, kind, &test).await;
    }
}

async fn with_targets(server: &str, kind: DbBackend, test: impl AsyncFn(&Source, [&Target; 2])) {
    let folder = TempDir::new().unwrap();
    let admin = Target::at(server).await;
    let [source, one, other] = [(); 3].map(|()| new_name());
    let url = |name: &str| match kind {
        DbBackend::Postgres => with_path(server, name),
        _ => format!("sqlite://{}/{name}.db", folder.path().display()),
    };
    for name in [&source, &one, &other] {
        let create = format!("CREATE DATABASE {name}");
        admin.database.connection().execute_unprepared(&create).await.unwrap();
    }
    let targets = [Target::at(&url(&one)).await, Target::at(&url(&other)).await];
    for target in &targets {
        migration::up(&target.database).await.unwrap();
    }
    let source_url = with_path(server, &source);
    test(&Source::at(&source_url).await, [&targets[0], &targets[1]]).await;
    // A test that fails leaves its databases for whoever wants to look at them.
    for name in [source, one, other] {
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        admin.database.connection().execute_unprepared(&drop).await.unwrap();
    }
}

fn postgres_server() -> Option<String> {
    let server = env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty());
    let is_required = env::var("REQUIRE_POSTGRES").is_ok_and(|value| !value.is_empty());
    assert!(server.is_some() || !is_required, "REQUIRE_POSTGRES is set, TEST_POSTGRES_URL is not");
    server
}

fn new_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let now = Utc::now().timestamp();
    format!("import_{}_{now}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn with_path(server: &str, path: &str) -> String {
    let (address, query) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = address.rsplit_once('/').unwrap();
    format!("{host}/{path}?{query}")
}
