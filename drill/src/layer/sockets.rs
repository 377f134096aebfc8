//! A listener, and beside it two addresses at which a connection really fails.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpStream as StdStream},
    os::fd::AsFd,
    time::Duration,
};

use socket2::{Domain, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

/// Where the layer listens.
pub(super) const OPEN: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
/// Where a connection is refused: the port is taken there, and nobody listens.
pub(super) const REFUSING: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Where a connection is never answered: the queue of those who wait is full, so that the kernel
/// drops what comes.
pub(super) const SILENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// Connections that wait at the listener.
const BACKLOG: i32 = 1024;

/// Ports that were free a moment ago are not always so at the other two addresses.
const ATTEMPTS: usize = 20;

/// One port at three addresses.
pub(super) struct Doors {
    pub(super) address: SocketAddr,
    pub(super) listener: TcpListener,
    /// Held open, and never used.
    _others: Vec<Socket>,
}

impl Doors {
    pub(super) fn open() -> io::Result<Self> {
        let mut tried = Self::try_open();
        for _ in 1..ATTEMPTS {
            if tried.is_ok() {
                break;
            }
            tried = Self::try_open();
        }
        tried
    }

    fn try_open() -> io::Result<Self> {
        let open = bound(OPEN, 0)?;
        open.listen(BACKLOG)?;
        let address = open
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::Error::other("a listener without an address"))?;
        let refusing = bound(REFUSING, address.port())?;
        let silent = bound(SILENT, address.port())?;
        silent.listen(0)?;
        let mut others = vec![refusing, silent];
        // One more than the queue of length 0 holds: the second one waits for ever.
        for _ in 0..2 {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            filler.set_nonblocking(true)?;
            match filler.connect(&SocketAddr::from((SILENT, address.port())).into()) {
                Err(error) if error.raw_os_error() != Some(EINPROGRESS) => return Err(error),
                _ => others.push(filler),
            }
        }
        open.set_nonblocking(true)?;
        let listener = TcpListener::from_std(open.into())?;
        Ok(Self { address, listener, _others: others })
    }
}

/// A connection that is on its way.
const EINPROGRESS: i32 = 115;

fn bound(address: Ipv4Addr, port: u16) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((address, port)).into())?;
    Ok(socket)
}

/// Makes a connection end with a reset rather than in peace, whoever closes it.
pub(super) struct Breaker(StdStream);

impl Breaker {
    pub(super) fn of(stream: &TcpStream) -> io::Result<Self> {
        Ok(Self(StdStream::from(stream.as_fd().try_clone_to_owned()?)))
    }

    /// From now on. A socket that cannot be told is closed in peace, which breaks it as well.
    pub(super) fn arm(&self) {
        let _ = SockRef::from(&self.0).set_linger(Some(Duration::ZERO));
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn one_address_accepts_one_refuses_and_one_never_answers() {
        let doors = Doors::open().unwrap();
        let port = doors.address.port();
        assert!(TcpStream::connect((OPEN, port)).await.is_ok());
        let refused = TcpStream::connect((REFUSING, port)).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let silent = timeout(Duration::from_millis(300), TcpStream::connect((SILENT, port))).await;
        assert!(silent.is_err(), "{silent:?}");
    }
}
