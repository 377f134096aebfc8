//! `GET /readyz`: whether the database is there and has the schema that this program expects.

use std::{error::Error, time::Duration};

use model::Database;
use poem_openapi::OpenApi;
use serve::{
    health::{Check, Ready},
    problem::Tag,
};
use tokio::time::timeout;
use tracing::warn;

/// 2 s: a load balancer asks every few seconds and gives up about then.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers `GET /readyz`.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// The database to look at.
    pub database: Database,
}

#[OpenApi(tag = "Tag::Operations")]
impl Readiness {
    /// Can the API answer?
    ///
    /// Looks whether the database answers and whether it has every migration. Changes nothing.
    #[oai(path = "/readyz", method = "get", operation_id = "read_readiness")]
    async fn read(&self) -> Ready {
        let database = self.database().await;
        let migrations = match database.ready {
            true => self.migrations().await,
            false => Check::failed("migrations", "not known while the database is away"),
        };
        Ready::of(vec![database, migrations])
    }
}

impl Readiness {
    async fn database(&self) -> Check {
        match timeout(PATIENCE, self.database.ping()).await {
            Ok(Ok(())) => Check::passed("database"),
            Ok(Err(error)) => {
                warn!(cause = cause(&error), "Not ready: the database does not answer");
                Check::failed("database", "does not answer")
            }
            Err(_) => Check::failed("database", "does not answer in time"),
        }
    }

    async fn migrations(&self) -> Check {
        match timeout(PATIENCE, migration::pending(&self.database)).await {
            Ok(Ok(pending)) if pending.is_empty() => Check::passed("migrations"),
            Ok(Ok(pending)) => {
                let names = pending.join(", ");
                Check::failed("migrations", format!("run `migration up`; pending: {names}"))
            }
            Ok(Err(error)) => {
                warn!(cause = cause(&error), "Not ready: the migrations cannot be read");
                Check::failed("migrations", "cannot be read")
            }
            Err(_) => Check::failed("migrations", "cannot be read in time"),
        }
    }
}

/// What is below the outermost error, which only says that the database failed.
fn cause(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
