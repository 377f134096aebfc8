//! The connect phase: a TCP connection to whichever address of a name answers first.

use std::{io, net::SocketAddr, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use model::Failure;
use tokio::net::TcpStream;

use super::Failed;

/// RFC 8305 section 5: 250 ms between attempts.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to the first address that accepts, starting with each a little later than with the
/// one before. When all refuse, the failure is the first address's.
pub(crate) async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Failed> {
    if let [address] = addresses {
        return attempt(*address, Duration::ZERO).await;
    }
    let mut attempts: FuturesUnordered<_> = (0_u32..)
        .zip(interleaved(addresses))
        .map(|(position, address)| attempt(address, ATTEMPT_DELAY * position))
        .collect();
    let mut failures = Vec::new();
    while let Some(result) = attempts.next().await {
        match result {
            Ok(stream) => return Ok(stream),
            Err(failed) => failures.push(failed),
        }
    }
    // A machine without IPv6 fails there as `local`: what the other family says tells more.
    let telling = failures.iter().position(|failed| failed.failure != Failure::Local);
    Err(failures.swap_remove(telling.unwrap_or(0)))
}

async fn attempt(address: SocketAddr, delay: Duration) -> Result<TcpStream, Failed> {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| Failed::new(classify(&error), format!("{address}: {error}")))?;
    // Without it a small request may wait for an acknowledgement; a socket that cannot be told
    // still works.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// The two address families in turn, so that one that is dead delays by one attempt only.
fn interleaved(addresses: &[SocketAddr]) -> impl Iterator<Item = SocketAddr> {
    let (v4, v6): (Vec<_>, Vec<_>) = addresses.iter().partition(|address| address.is_ipv4());
    let mut families = [v4.into_iter().fuse(), v6.into_iter().fuse()];
    let mut turns = 0..addresses.len() * 2;
    std::iter::from_fn(move || turns.find_map(|turn| families[turn % 2].next()))
}

/// Whether the other side did not take the connection, or this machine could not make one.
fn classify(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::AddrInUse
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::OutOfMemory => Failure::Local,
        _ if out_of_files(error) => Failure::Local,
        _ => Failure::Connect,
    }
}

/// EMFILE and ENFILE have no kind of their own.
fn out_of_files(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_families_take_turns() {
        let addresses: Vec<SocketAddr> =
            ["10.0.0.1:80", "10.0.0.2:80", "[::1]:80"].map(|text| text.parse().unwrap()).into();
        let order: Vec<_> = interleaved(&addresses).map(|address| address.to_string()).collect();
        assert_eq!(order, ["10.0.0.1:80", "[::1]:80", "10.0.0.2:80"]);
    }

    #[test]
    fn a_machine_without_sockets_is_our_fault() {
        assert_eq!(classify(&io::Error::from_raw_os_error(24)), Failure::Local);
        assert_eq!(classify(&io::Error::from(io::ErrorKind::ConnectionRefused)), Failure::Connect);
    }
}
