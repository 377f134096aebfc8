//! A running API whose clock stands still.

use std::{net::SocketAddr, time::Duration};

use api::{App, applications::Applications, clock::Clock, events::Streams, public_url::PublicUrl};
use model::{Database, round, round::Round};
use serde_json::Value;
use serve::server::{Limits, Server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
};

use crate::builders::now;

/// What a test may want otherwise than it is by default.
pub(crate) struct Settings {
    pub(crate) replica: Option<Database>,
    pub(crate) streams: usize,
    pub(crate) limits: Limits,
    pub(crate) public_url: PublicUrl,
}

impl Default for Settings {
    fn default() -> Self {
        let (limits, public_url) = (Limits::default(), PublicUrl::default());
        Self { replica: None, streams: 400, limits, public_url }
    }
}

/// A running API. It ends when it is dropped.
pub(crate) struct Program {
    /// Where its database is.
    pub(crate) database_url: String,
    /// Where its answers come from.
    pub(crate) database: Database,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Program {
    /// Serves the database at `url`; pages of `https://status.example` may read the answers.
    pub(crate) async fn start(url: &str) -> Self {
        Self::with(url, Settings::default()).await
    }

    /// The same, with other settings.
    pub(crate) async fn with(url: &str, settings: Settings) -> Self {
        let database = Database::open(&url.parse().expect("a URL")).await.expect("a database");
        Self::serve(database, url, settings).await
    }

    /// Serves the database at `url`; `database` is for recording, and may take another way.
    pub(crate) async fn serve(database: Database, url: &str, settings: Settings) -> Self {
        let read = Database::open_to_read(&url.parse().expect("a URL")).await.expect("a database");
        let app = App {
            streams: Streams::of(&read, settings.streams),
            database: read,
            replica: settings.replica,
            clock: Clock::showing(now),
            cors: "https://status.example".parse().expect("an origin"),
            stale_after: Duration::from_secs(180),
            public_url: settings.public_url,
            applications: Applications::default(),
        };
        let listener = serve::listen::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = Server::new(api::endpoint(app)).limits(settings.limits);
        let task = tokio::spawn(async move {
            server.run(listener, std::future::pending()).await.expect("a server");
        });
        Self { database_url: url.to_owned(), database, address, task }
    }

    /// Stores a round, as the task runner does.
    pub(crate) async fn record(&self, round: Round) {
        round::record(&self.database, &round, round.started_at).await.expect("a record");
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = reqwest::Client::new().get(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }

    /// What a counter or gauge of the program's own metrics shows.
    pub(crate) async fn count(&self, name: &str) -> u64 {
        let text = self.get("/prometheus").await.text().await.expect("text");
        let line = text.lines().find(|line| line.starts_with(&format!("{name} ")));
        let value = line.and_then(|line| line.split(' ').nth(1)).expect("a number");
        value.parse().expect("a number")
    }

    /// The JSON of an answer that must be a 200.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.expect("JSON")
    }

    /// The problem that an answer must be; without the request id, which differs every time.
    pub(crate) async fn problem(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
        let id = response.headers()["x-request-id"].to_str().expect("text").to_owned();
        let mut problem: Value = response.json().await.expect("JSON");
        let given = problem.as_object_mut().expect("an object").remove("request_id");
        assert_eq!(given, Some(id.into()));
        problem
    }

    /// Sends bytes as they are, and returns the connection.
    pub(crate) async fn open(&self, request: &[u8]) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(request).await.expect("a write");
        stream
    }

    /// Sends bytes as they are and returns everything until the connection ends.
    pub(crate) async fn raw(&self, request: &[u8]) -> String {
        let mut stream = self.open(request).await;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("a read");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A connection over which nothing was sent yet.
    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// A connection of a client that the kernel holds little for.
    pub(crate) async fn connect_narrowly(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a size");
        socket.connect(self.address).await.expect("a connection")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.task.abort();
    }
}
