//! The database, asked with limited patience.

use std::time::Duration;

use model::{Database, region, service};
use serve::near::near;
use tokio::time::timeout;

use crate::{
    error::ApiError,
    questions::{Full, Questions},
};

/// 3 s: a client gives up soon after, and a page that says "come back" is better than none.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the database, of all requests together a few questions at once.
#[derive(Clone, Debug)]
pub struct Store {
    /// The database, for `model`'s questions.
    pub database: Database,
    questions: Questions,
}

impl Store {
    /// Asks `database` when there is a place among the `questions`.
    pub fn new(database: Database, questions: Questions) -> Self {
        Self { database, questions }
    }

    /// Waits for an answer of `model`, though not for ever.
    ///
    /// # Errors
    /// [`ApiError`]; for an unknown name with the names that may have been meant.
    pub async fn ask<T>(
        &self,
        answer: impl Future<Output = Result<T, model::Error>>,
    ) -> Result<T, ApiError> {
        match self.patiently(answer).await? {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Waits for a place at the database and for its answer, together not longer than [`PATIENCE`].
    async fn patiently<T>(&self, answer: impl Future<Output = T>) -> Result<T, ApiError> {
        let answer = async {
            let _place = self.questions.place().await.map_err(|Full| ApiError::Crowded)?;
            Ok(answer.await)
        };
        timeout(PATIENCE, answer).await.unwrap_or(Err(ApiError::Slow { waited: PATIENCE }))
    }

    async fn explain(&self, error: model::Error) -> ApiError {
        match error {
            model::Error::UnknownRegion { name } => {
                let known = self.patiently(region::all(&self.database)).await;
                let known = known.into_iter().flatten().flatten().map(|region| region.name);
                ApiError::UnknownRegion { near: near(&name, known), name }
            }
            model::Error::UnknownService { name } => {
                let known = self.patiently(service::all(&self.database)).await;
                let known = known.into_iter().flatten().flatten().map(|service| service.name);
                ApiError::UnknownService { near: near(&name, known), name }
            }
            model::Error::UnknownRun { name } => ApiError::UnknownRun { name, parameter: "run" },
            model::Error::TooManyBuckets { wanted, most } => {
                ApiError::TooManyBuckets { wanted, most }
            }
            model::Error::Cursor => ApiError::Cursor,
            other => ApiError::Database(other),
        }
    }
}
