//! The connect phase: a TCP connection to whichever address of a name answers first.

use std::{io, net::SocketAddr, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use model::Failure;
use tokio::{net::TcpStream, time::sleep};

use super::Failed;

/// RFC 8305 section 5: 250 ms between attempts.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to the first address that accepts. The next one is tried when the last one tried
/// has failed, or has not answered for a while. When all fail, the failure is the first one's.
pub(crate) async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Failed> {
    let mut untried = interleaved(addresses);
    let mut attempts = FuturesUnordered::new();
    let mut failures = Vec::new();
    loop {
        let next = untried.next();
        let is_last = next.is_none();
        attempts.extend(next.map(attempt));
        let result = tokio::select! {
            result = attempts.next() => result,
            () = sleep(ATTEMPT_DELAY), if !is_last => continue,
        };
        match result {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(failed)) => failures.push(failed),
            None => break,
        }
    }
    // A machine without IPv6 fails there as `local`: what the other family says tells more.
    let telling = failures.iter().position(|failed| failed.failure != Failure::Local);
    Err(match failures.is_empty() {
        true => Failed::new(Failure::Connect, "no address to connect to"),
        false => failures.swap_remove(telling.unwrap_or(0)),
    })
}

async fn attempt(address: SocketAddr) -> Result<TcpStream, Failed> {
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
