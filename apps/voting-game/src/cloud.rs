//! The provider's services, with bounds on how long we wait for them.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::configuration::Place;

/// 2 s: a connection within a region takes milliseconds, or is not made.
const CONNECT: Duration = Duration::from_secs(2);
/// 2.3 s for each of two attempts, so that the second one fits into the whole.
const ATTEMPT: Duration = Duration::from_millis(2300);
/// 5 s: who uses the game is told of an outage before losing patience.
const OPERATION: Duration = Duration::from_secs(5);

/// The game's clients.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// Topics and votes.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Votes on their way.
    pub sqs: aws_sdk_sqs::Client,
}

impl Cloud {
    /// Makes the clients. No request is sent: a service that is away does not keep us from starting.
    pub async fn connect(place: &Place) -> Self {
        let shared = shared(place).await;
        let mut dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared);
        dynamodb.set_endpoint_url(place.dynamodb_endpoint.clone());
        let mut sqs = aws_sdk_sqs::config::Builder::from(&shared);
        sqs.set_endpoint_url(place.sqs_endpoint.clone());
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
        }
    }
}

/// Timeouts that also allow for `waiting`, which the service spends by our wish.
pub(crate) fn timeouts(waiting: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT + waiting)
        .operation_timeout(OPERATION + waiting)
        .build()
}

async fn shared(place: &Place) -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(place.region.clone()))
        .http_client(http)
        .timeout_config(timeouts(Duration::ZERO))
        .retry_config(RetryConfig::standard().with_max_attempts(2))
        // The timeouts above bound everything; it would only report them under another name.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .load()
        .await
}
