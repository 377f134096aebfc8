//! `GET /readyz`: can rounds be run and kept?

use std::sync::Arc;

use poem_openapi::OpenApi;
use serve::{
    health::{Check, Ready},
    problem::Tag,
};

use crate::{keeping::bounded, runner::Runner};

/// Looks at what rounds need.
pub(super) struct Readiness {
    pub(super) runner: Arc<Runner>,
}

#[OpenApi(tag = "Tag::Operations")]
impl Readiness {
    /// Is the runner ready?
    ///
    /// Looks at the database, its migrations, and the journal. Rounds are run and journaled all
    /// the same while the database is away.
    #[oai(path = "/readyz", method = "get", operation_id = "read_readiness")]
    async fn read(&self) -> Ready {
        let database = &self.runner.keeper.database;
        let reachable = match bounded(database.ping()).await {
            Ok(()) => Check::passed("database"),
            Err(error) => Check::failed("database", error.to_string()),
        };
        let migrated = match reachable.ready {
            true => self.migrations().await,
            false => Check::failed("migrations", "not known while the database is away"),
        };
        Ready::of(vec![reachable, migrated, self.journal().await])
    }
}

impl Readiness {
    async fn migrations(&self) -> Check {
        match bounded(migration::pending(&self.runner.keeper.database)).await {
            Ok(pending) if pending.is_empty() => Check::passed("migrations"),
            Ok(pending) => {
                let names = pending.join(", ");
                Check::failed("migrations", format!("pending, run `migration up`: {names}"))
            }
            Err(error) => Check::failed("migrations", error.to_string()),
        }
    }

    async fn journal(&self) -> Check {
        match self.runner.keeper.waiting().await {
            Ok(files) if files.is_empty() => Check::passed("journal"),
            Ok(files) => Check::failed("journal", format!("{} rounds wait", files.len())),
            Err(error) => Check::failed("journal", error.to_string()),
        }
    }
}
