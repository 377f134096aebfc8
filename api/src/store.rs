//! The database, asked with limited patience.

use std::time::Duration;

use model::{Database, region, service};
use serve::near::near;
use tokio::time::{Instant, timeout_at};

use crate::{
    error::ApiError,
    questions::{Full, Questions, Size},
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
        self.ask_for(Size::Small, self.deadline(), answer).await
    }

    /// As [`Store::ask`], for an answer about history: few of them are computed at once, so that
    /// the others need not wait for them, and none of them is given longer than until `deadline`.
    ///
    /// # Errors
    /// As [`Store::ask`].
    pub async fn ask_history<T>(
        &self,
        deadline: Instant,
        answer: impl Future<Output = Result<T, model::Error>>,
    ) -> Result<T, ApiError> {
        self.ask_for(Size::Large, deadline, answer).await
    }

    /// Until when a request that begins now is worth the wait.
    pub fn deadline(&self) -> Instant {
        Instant::now() + PATIENCE
    }

    /// Waits for a place at the database and for its answer, and in the same place for what
    /// explains an error.
    async fn ask_for<T>(
        &self,
        size: Size,
        deadline: Instant,
        answer: impl Future<Output = Result<T, model::Error>>,
    ) -> Result<T, ApiError> {
        let answer = async {
            let _place = self.questions.place(size).await.map_err(|Full| ApiError::Crowded)?;
            match answer.await {
                Ok(answer) => Ok(answer),
                Err(error) => Err(self.explain(error).await),
            }
        };
        timeout_at(deadline, answer).await.unwrap_or(Err(ApiError::Slow { waited: PATIENCE }))
    }

    async fn explain(&self, error: model::Error) -> ApiError {
        match error {
            model::Error::UnknownRegion { name } => {
                let known = region::all(&self.database).await.unwrap_or_default();
                let known = known.into_iter().map(|region| region.name);
                ApiError::UnknownRegion { near: near(&name, known), name }
            }
            model::Error::UnknownService { name } => {
                let known = service::all(&self.database).await.unwrap_or_default();
                let known = known.into_iter().map(|service| service.name);
                ApiError::UnknownService { near: near(&name, known), name }
            }
            model::Error::UnknownRun { name } => ApiError::UnknownRun { name, parameter: "run" },
            model::Error::UnknownIncident { id } => ApiError::UnknownIncident { id },
            model::Error::TooManyBuckets { wanted, most } => {
                ApiError::TooManyBuckets { wanted, most }
            }
            model::Error::Cursor => ApiError::Cursor,
            other => ApiError::Database(other),
        }
    }
}
