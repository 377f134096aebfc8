//! The resolve phase: addresses of a name, asked of the name servers anew each time.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hickory_resolver::{
    ResolverBuilder, TokioResolver,
    config::{LookupIpStrategy, NameServerConfig, ResolverConfig},
    net::{NetError, runtime::TokioRuntimeProvider},
};
use model::Failure;

use super::Failed;

/// 2 s for each of two attempts: a lost packet costs a retry, not the step.
const ATTEMPT: Duration = Duration::from_secs(2);

/// Asks name servers. Holds no cache: a cached address hides the outage that new
/// customers see.
#[derive(Clone)]
pub struct Resolver(Result<Arc<TokioResolver>, String>);

impl Resolver {
    /// Reads the system's configuration (`/etc/resolv.conf`, `/etc/hosts`). One that cannot be
    /// read makes every look-up fail as ours, and numeric addresses still work.
    pub fn of_system() -> Self {
        Self::build(TokioResolver::builder_tokio())
    }

    /// Asks these name servers instead of the system's.
    pub fn of(servers: ResolverConfig) -> Self {
        let runtime = TokioRuntimeProvider::default();
        Self::build(Ok(TokioResolver::builder_with_config(servers, runtime)))
    }

    /// Asks the name servers at these addresses, or the system's where there are none.
    pub fn at(servers: &[SocketAddr]) -> Self {
        if servers.is_empty() {
            return Self::of_system();
        }
        let server = |address: &SocketAddr| {
            let mut server = NameServerConfig::udp_and_tcp(address.ip());
            for connection in &mut server.connections {
                connection.port = address.port();
            }
            server
        };
        Self::of(ResolverConfig::from_name_servers(servers.iter().map(server).collect()))
    }

    fn build(builder: Result<ResolverBuilder<TokioRuntimeProvider>, NetError>) -> Self {
        let resolver = builder.and_then(|mut builder| {
            let options = builder.options_mut();
            options.cache_size = 0;
            options.timeout = ATTEMPT;
            // The resolver counts repetitions.
            options.attempts = 1;
            options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
            builder.build()
        });
        Self(resolver.map(Arc::new).map_err(|error| error.to_string()))
    }

    /// The addresses of the name `host`.
    pub(crate) async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failed> {
        let resolver = self.0.as_ref().map_err(|error| Failed::new(Failure::Local, error))?;
        let found = resolver
            .lookup_ip(host)
            .await
            .map_err(|error| Failed::new(Failure::Resolve, format!("{host}: {error}")))?;
        let addresses: Vec<_> =
            found.iter().map(|address| SocketAddr::new(address, port)).collect();
        match addresses.is_empty() {
            true => Err(Failed::new(Failure::Resolve, format!("{host} has no address"))),
            false => Ok(addresses),
        }
    }
}

/// The address that a numeric host means: nobody is asked for it, so it has no resolve phase.
pub(crate) fn numeric(host: &str, port: u16) -> Option<SocketAddr> {
    let address: IpAddr = host.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    Some(SocketAddr::new(address, port))
}
