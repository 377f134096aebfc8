//! A service that can be taken away: a TCP proxy with a switch.

use std::sync::Arc;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Passes connections on while it is open; closes them, old and new, while it is not.
pub(crate) struct Proxy {
    /// Where it listens, as a URL.
    pub(crate) url: String,
    open: watch::Sender<bool>,
}

impl Proxy {
    /// A closed proxy in front of `http://host:port`.
    pub(crate) async fn closed_before(target: &str) -> Self {
        let target: Arc<str> = target.trim_start_matches("http://").trim_end_matches('/').into();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (open, is_open) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *is_open.borrow() {
                    tokio::spawn(pass_on(client, Arc::clone(&target), is_open.clone()));
                }
            }
        });
        Self { url, open }
    }

    /// Lets connections through from now on.
    pub(crate) fn open(&self) {
        self.open.send(true).expect("the proxy runs");
    }
}

async fn pass_on(mut client: TcpStream, target: Arc<str>, mut is_open: watch::Receiver<bool>) {
    let Ok(mut server) = TcpStream::connect(&*target).await else { return };
    tokio::select! {
        // However it ends, both sides see their connection closed.
        _ = copy_bidirectional(&mut client, &mut server) => (),
        _ = is_open.wait_for(|open| !open) => (),
    }
}
