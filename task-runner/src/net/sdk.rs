//! The provider's SDK on our wire: its calls have phases, fresh connections and a deadline too.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use model::Failure;
use tokio::time::{Duration, Instant};

use super::{Answer, Exchange, Failed, Wire};

/// 5 s: what fetching credentials may take, which no step's deadline covers.
const CREDENTIALS: Duration = Duration::from_secs(5);

/// What the exchanges of an SDK call were like, the last one last.
pub type Exchanges = Arc<Mutex<Vec<(Exchange, Option<Failed>)>>>;

/// An HTTP client for the SDK that notes each exchange in `exchanges`.
pub fn timed(wire: Wire, deadline: Instant, exchanges: Exchanges) -> SharedHttpClient {
    SharedHttpClient::new(OnWire { wire, noted: Some((deadline, exchanges)) })
}

/// An HTTP client for what is not a measurement: fetching credentials.
pub fn untimed(wire: Wire) -> SharedHttpClient {
    SharedHttpClient::new(OnWire { wire, noted: None })
}

#[derive(Clone)]
struct OnWire {
    wire: Wire,
    noted: Option<(Instant, Exchanges)>,
}

impl std::fmt::Debug for OnWire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OnWire")
    }
}

impl HttpClient for OnWire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for OnWire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move { this.exchange(request).await })
    }
}

impl OnWire {
    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request
            .try_into_http1x()
            .map_err(|error| ConnectorError::user(error.into()))?
            // Every body that our calls send is in memory.
            .map(|body: SdkBody| Bytes::copy_from_slice(body.bytes().unwrap_or_default()));
        let Some((deadline, exchanges)) = self.noted else {
            let deadline = Instant::now() + CREDENTIALS;
            return response(self.wire.exchange(request, deadline).await.1);
        };
        let (exchange, result) = self.wire.exchange(request, deadline).await;
        if let Ok(mut exchanges) = exchanges.lock() {
            exchanges.push((exchange, result.as_ref().err().cloned()));
        }
        response(result)
    }
}

fn response(result: Result<Answer, Failed>) -> Result<HttpResponse, ConnectorError> {
    let answer = result.map_err(|failed| match failed.failure {
        Failure::Timeout => ConnectorError::timeout(failed.detail.into()),
        _ => ConnectorError::io(failed.detail.into()),
    })?;
    let status = StatusCode::try_from(answer.status.as_u16())
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    for (name, value) in &answer.headers {
        if let Ok(value) = value.to_str() {
            // Headers that are no text are none that the SDK reads.
            let _ = response.headers_mut().try_append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(response)
}
