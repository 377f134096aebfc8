//! `GET /readyz`: whether the database is there and has the schema that this program expects.

use std::{error::Error, time::Duration};

use model::{Database, Error as ModelError};
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
    /// The replica, if one answers in its place.
    pub replica: Option<Database>,
}

#[OpenApi(tag = "Tag::Operations")]
impl Readiness {
    /// Can the API answer?
    ///
    /// Looks whether the database answers and whether it has every migration, and the same of its
    /// replica where there is one. Changes nothing.
    #[oai(path = "/readyz", method = "get", operation_id = "read_readiness")]
    async fn read(&self) -> Ready {
        let primary = checks(&self.database, ["database", "migrations"]);
        let Some(replica) = &self.replica else { return Ready::of(primary.await) };
        let replica = checks(replica, ["replica", "replica migrations"]);
        let (primary, replica) = tokio::join!(primary, replica);
        Ready::of([primary, replica].concat())
    }
}

/// Looks at one database, under these names.
async fn checks(database: &Database, [name, migrations]: [&'static str; 2]) -> Vec<Check> {
    let answers = answers(database, name).await;
    let migrations = match answers.ready {
        true => is_migrated(database, migrations).await,
        false => Check::failed(migrations, format!("not known while the {name} is away")),
    };
    vec![answers, migrations]
}

async fn answers(database: &Database, name: &'static str) -> Check {
    match timeout(PATIENCE, database.ping()).await {
        Ok(Ok(())) => Check::passed(name),
        Ok(Err(error @ ModelError::NoFile { .. })) => Check::failed(name, error.to_string()),
        Ok(Err(error)) => {
            warn!(cause = cause(&error), "Not ready: the {name} does not answer");
            Check::failed(name, "does not answer")
        }
        Err(_) => Check::failed(name, "does not answer in time"),
    }
}

async fn is_migrated(database: &Database, name: &'static str) -> Check {
    match timeout(PATIENCE, migration::pending(database)).await {
        Ok(Ok(pending)) if pending.is_empty() => Check::passed(name),
        Ok(Ok(pending)) => {
            let pending = pending.join(", ");
            Check::failed(name, format!("run `migration up`; pending: {pending}"))
        }
        Ok(Err(error)) => {
            warn!(cause = cause(&error), "Not ready: the {name} cannot be read");
            Check::failed(name, "cannot be read")
        }
        Err(_) => Check::failed(name, "cannot be read in time"),
    }
}

/// What is below the outermost error, which only says that the database failed.
fn cause(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
