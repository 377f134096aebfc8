//! The probes, one a file: small customers of our applications and of the provider's services.

pub mod beacon;
pub mod control;
pub mod dynamodb;
pub mod ec2;
pub mod iam;
pub mod lambda;
pub mod quotes;
pub mod s3;
pub mod shades;
pub mod sqs;
pub mod voting_game;

use bytes::Bytes;
use http::{Request, header};
use url::Url;
use uuid::Uuid;

/// A request past every cache on the way: one that keys by the address, and one that listens.
fn fresh(method: http::Method, url: &Url, nonce: Uuid) -> http::request::Builder {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("cloud-monitor", &nonce.to_string());
    Request::builder()
        .method(method)
        .uri(url.as_str())
        .header(header::CACHE_CONTROL, "no-cache")
        .header(header::USER_AGENT, concat!("cloud-monitor/", env!("CARGO_PKG_VERSION")))
}

/// A GET request past every cache on the way.
fn fresh_get(url: &Url, nonce: Uuid) -> Result<Request<Bytes>, crate::net::Failed> {
    built(fresh(http::Method::GET, url, nonce).body(Bytes::new()))
}

/// An address that cannot be asked for is a setting of ours.
fn built(request: http::Result<Request<Bytes>>) -> Result<Request<Bytes>, crate::net::Failed> {
    request.map_err(|error| crate::net::Failed::new(model::Failure::Configuration, error))
}
