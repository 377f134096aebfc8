//! Signed requests to the provider without its SDK: Signature Version 4 over our own wire.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use bytes::Bytes;
use http::{Method, Request};
use model::Failure;
use url::Url;

use crate::net::Failed;

/// A request that is to be signed.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: &'static str,
    pub(crate) region: &'a str,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Bytes,
}

/// The request, signed as S3 wants it: the path as it is, and the body's digest in a header.
pub(crate) fn signed(credentials: &Credentials, call: Call) -> Result<Request<Bytes>, Failed> {
    let broken = |error: String| Failed::new(Failure::Configuration, error);
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(call.region)
        .name(call.service)
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .map_err(|error| broken(error.to_string()))?
        .into();
    let (method, url) = (call.method.as_str(), call.url.as_str());
    let body = SignableBody::Bytes(&call.body);
    let signable = SignableRequest::new(method, url, std::iter::empty(), body)
        .map_err(|error| broken(error.to_string()))?;
    let signature = sign(signable, &parameters).map_err(|error| broken(error.to_string()))?;
    let (instructions, _) = signature.into_parts();
    let request = Request::builder().method(call.method.clone()).uri(url);
    let mut request = request.body(call.body.clone()).map_err(|error| broken(error.to_string()))?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}
