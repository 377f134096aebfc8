//! The TLS phase: a full handshake, never a resumed one.

use std::{
    io,
    sync::{Arc, OnceLock},
};

use model::Failure;
use rustls::{ClientConfig, RootCertStore, client::Resumption, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::Failed;

/// Whose certificates are trusted. Loaded at the first use: a monitor of plain HTTP needs none.
#[derive(Clone, Default)]
pub struct Trust(Arc<OnceLock<Result<Arc<ClientConfig>, String>>>);

impl Trust {
    /// Trusts the system's authorities (`SSL_CERT_FILE` names others).
    pub fn of_system() -> Self {
        Self::default()
    }

    /// Trusts these authorities only.
    pub fn only(roots: RootCertStore) -> Self {
        let trust = Self::default();
        trust.0.get_or_init(|| client_config(roots));
        trust
    }

    /// The client, made before any clock starts: loading certificates takes milliseconds.
    pub(crate) fn connector(&self) -> Result<TlsConnector, Failed> {
        let config = self.0.get_or_init(|| client_config(system_roots()?));
        match config {
            Ok(config) => Ok(TlsConnector::from(Arc::clone(config))),
            Err(error) => Err(Failed::new(Failure::Local, error)),
        }
    }
}

fn system_roots() -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    // Single certificates that cannot be parsed are no reason to trust none.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    // Who trusts nobody would take every certificate for the other side's fault.
    match roots.is_empty() {
        true => Err("this machine has no certificate authorities (SSL_CERT_FILE)".into()),
        false => Ok(roots),
    }
}

fn client_config(roots: RootCertStore) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Shakes hands as `host`.
pub(crate) async fn handshake(
    connector: TlsConnector,
    host: &str,
    socket: TcpStream,
) -> Result<TlsStream<TcpStream>, Failed> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| Failed::new(Failure::Configuration, format!("{host}: {error}")))?;
    connector.connect(name, socket).await.map_err(|error| Failed::new(classify(&error), error))
}

fn classify(error: &io::Error) -> Failure {
    match error.get_ref().is_some_and(|source| source.is::<rustls::Error>()) {
        true => Failure::Tls,
        false => Failure::Reset,
    }
}
