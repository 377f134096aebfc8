//! Certificates of the layer's names: one that the monitor is told to believe, one that it is not.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::{OF_MONITOR, names};
use crate::error::Error;

/// Made anew in each play; no key is ever stored.
pub(super) struct Certificates {
    /// The authority that the monitor believes.
    pub(super) authority_pem: String,
    /// Shows a certificate of that authority.
    pub(super) good: TlsAcceptor,
    /// Shows one of an authority that nobody knows.
    pub(super) bad: TlsAcceptor,
}

impl Certificates {
    pub(super) fn make() -> Result<Self, Error> {
        let problem = |error: Box<dyn std::error::Error>| Error::Certificate(error.to_string());
        let (authority_pem, good) = acceptor().map_err(problem)?;
        let (_, bad) = acceptor().map_err(problem)?;
        Ok(Self { authority_pem, good, bad })
    }
}

/// A new authority, and a server that shows a certificate of it.
fn acceptor() -> Result<(String, TlsAcceptor), Box<dyn std::error::Error>> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate()?;
    let root = authority.self_signed(&authority_key)?;
    let names: Vec<String> = OF_MONITOR.map(names::name_of).into();
    let key = KeyPair::generate()?;
    let issuer = Issuer::new(authority, authority_key);
    let certificate = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
    let private = PrivateKeyDer::try_from(key.serialize_der())?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    Ok((root.pem(), TlsAcceptor::from(Arc::new(config))))
}
