//! One attempt of one step: its timed exchanges, over plain HTTP or through the provider's SDK.

use std::{
    fmt::Debug,
    sync::{Arc, MutexGuard, PoisonError},
};

use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::ProvideCredentials};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::Bytes;
use http::Request;
use model::{Failure, observation::Observation};
use tokio::time::Instant;
use url::Url;

use crate::{
    net::{
        Answer, Exchange, Failed, Wire, microseconds,
        sdk::{self, Exchanges},
    },
    refusal,
};

/// What every attempt of a round works with.
pub struct Tools {
    /// What plain HTTP goes over.
    pub wire: Wire,
    /// Credentials, region, retries off: all that calls of the SDK have in common.
    pub sdk: SdkConfig,
}

/// One attempt of one step.
///
/// Its clock runs from the start of its first exchange to the end of its last: waiting between
/// polls counts, what happens before and after does not.
#[derive(Clone)]
pub struct Attempt {
    /// When the attempt must be over.
    pub deadline: Instant,
    tools: Arc<Tools>,
    exchanges: Exchanges,
}

impl Attempt {
    pub(crate) fn new(tools: Arc<Tools>, deadline: Instant) -> Self {
        Self { deadline, tools, exchanges: Exchanges::default() }
    }

    /// Sends a request on a fresh connection and reads the answer, whatever its status.
    ///
    /// # Errors
    /// What broke the exchange.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Answer, Failed> {
        let (exchange, result) = self.tools.wire.exchange(request, self.deadline).await;
        self.noted().push((exchange, result.as_ref().err().cloned()));
        result
    }

    /// The credentials of signed requests that the SDK does not make.
    ///
    /// # Errors
    /// [`Failure::Credentials`] when there are none.
    pub async fn credentials(&self) -> Result<Credentials, Failed> {
        let none = || Failed::new(Failure::Credentials, "no credentials");
        let provider = self.tools.sdk.credentials_provider().ok_or_else(none)?;
        let found = provider.provide_credentials().await;
        found.map_err(|error| Failed::new(Failure::Credentials, error))
    }

    /// The configuration of an SDK client whose calls are exchanges of this attempt.
    pub fn sdk(&self, endpoint: Option<&Url>) -> SdkConfig {
        let wire = self.tools.wire.clone();
        let client = sdk::timed(wire, self.deadline, self.exchanges.clone());
        let mut config = self.tools.sdk.clone().into_builder().http_client(client);
        config.set_endpoint_url(endpoint.map(Url::to_string));
        config.build()
    }

    /// Says why a call of the SDK failed.
    ///
    /// # Errors
    /// What broke the exchange, or the provider's refusal by its code and status.
    pub fn called<T, E>(&self, result: Result<T, SdkError<E, HttpResponse>>) -> Result<T, Failed>
    where
        E: ProvideErrorMetadata + Debug,
    {
        let error = match result {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let on_the_wire = self.noted().last().and_then(|(_, failed)| failed.clone());
        Err(on_the_wire.unwrap_or_else(|| refusal::of(&error)))
    }

    /// Fills in what the exchanges were like.
    pub(crate) fn describe(&self, observation: &mut Observation) {
        let exchanges = self.noted();
        let (Some((first, _)), Some((last, _))) = (exchanges.first(), exchanges.last()) else {
            return;
        };
        observation.total_us = Some(microseconds(last.ended - first.started));
        observation.phases = last.phases();
        observation.phase = last.phase;
        observation.http_status =
            last.status.and_then(|status| i16::try_from(status.as_u16()).ok());
        observation.request_id = last.request_id.clone();
    }

    /// The failure of an attempt that its deadline ended between two exchanges.
    pub(crate) fn cut_off(&self) -> Failed {
        match self.noted().is_empty() {
            true => Failed::new(Failure::Credentials, "no credentials before the deadline"),
            false => Failed::new(Failure::Timeout, "not done before the deadline"),
        }
    }

    fn noted(&self) -> MutexGuard<'_, Vec<(Exchange, Option<Failed>)>> {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
