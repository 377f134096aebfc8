//! Where a program listens.

use std::{io, net::SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

use crate::configuration::Variables;

/// 1024: connections that the kernel holds until they are accepted; more than a burst of clients.
const BACKLOG: u32 = 1024;

/// 128 KiB that the kernel holds for a client that does not read; left to itself, it lets them
/// grow to megabytes. Enough for 1 MB/s over 100 ms.
const SEND_BUFFER: u32 = 128 * 1024;

/// Why a program cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}")]
pub struct ListenError {
    address: SocketAddr,
    reason: String,
    #[source]
    source: io::Error,
}

/// Reads the address: `PORT` means every interface on that port, else `name` is an address, else `default`.
pub fn address(variables: &mut Variables, name: &'static str, default: SocketAddr) -> SocketAddr {
    let own = variables.parsed(name, "an address such as 127.0.0.1:8000");
    match variables.parsed::<u16>("PORT", "a port number") {
        Some(port) => SocketAddr::from(([0, 0, 0, 0], port)),
        None => own.unwrap_or(default),
    }
}

/// Takes the address for this process.
///
/// # Errors
/// [`ListenError`] names the address and, when another program holds it, says so.
pub fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    listener(address).map_err(|source| {
        let reason = match source.kind() {
            io::ErrorKind::AddrInUse => "the address is already in use".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
            _ => source.to_string(),
        };
        ListenError { address, reason, source }
    })
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart must not wait for the kernel to forget the last connections.
    socket.set_reuseaddr(true)?;
    // Connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)]) -> SocketAddr {
        let mut variables = Variables::of(variables);
        address(&mut variables, "API_LISTEN", SocketAddr::from(([127, 0, 0, 1], 8000)))
    }

    #[test]
    fn the_default_is_loopback() {
        assert_eq!(chosen(&[]).to_string(), "127.0.0.1:8000");
    }

    #[test]
    fn a_platforms_port_means_every_interface() {
        let variables = [("PORT", "8080"), ("API_LISTEN", "127.0.0.1:9")];
        assert_eq!(chosen(&variables).to_string(), "0.0.0.0:8080");
    }

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let first = bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        let address = first.local_addr().expect("an address");
        let error = bind(address).expect_err("the port is taken");
        assert_eq!(
            error.to_string(),
            format!("cannot listen on {address}: the address is already in use")
        );
    }
}
