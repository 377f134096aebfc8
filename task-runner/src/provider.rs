//! How the provider's SDK is set up for probing: no retries, no pool, no timers of its own.

use aws_config::{
    BehaviorVersion, Region, SdkConfig, identity::IdentityCache, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};

use crate::{
    config::Config,
    net::{Wire, sdk},
};

/// What all calls have in common. Without a key of its own the SDK looks for one where it
/// always does (role, profile, environment), at the first call.
pub(crate) async fn sdk(config: &Config, wire: Wire) -> SdkConfig {
    let region = Region::new(config.region.clone());
    let client = sdk::untimed(wire);
    let found = match &config.targets.access_key {
        Some(key) => {
            let key = Credentials::new(&key.id, key.secret.reveal(), None, None, "environment");
            SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .credentials_provider(SharedCredentialsProvider::new(key))
                .build()
        }
        None => {
            let loader = aws_config::defaults(BehaviorVersion::latest());
            loader.region(region.clone()).http_client(client.clone()).load().await
        }
    };
    found
        .into_builder()
        .region(region)
        .http_client(client)
        .identity_cache(IdentityCache::lazy().build())
        .retry_config(RetryConfig::disabled())
        // The wire keeps the deadline; a second set of timers would only blur which one ended it.
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}
