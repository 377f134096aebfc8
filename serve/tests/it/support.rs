//! A small program that uses everything in `serve`.

use std::{net::SocketAddr, time::Duration};

use poem::{Route, http::StatusCode};
use poem_openapi::{
    Object, OpenApi, OpenApiService,
    param::Query,
    payload::{Json, PlainText},
};
use prometheus_client::registry::Registry;
use serde_json::Value;
use serve::{
    health::Liveness,
    metrics::{Exposition, HttpMetrics},
    problem::Problem,
    server::{Limits, Server},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

struct Sample;

#[derive(Object)]
struct Doubled {
    number: u8,
}

#[OpenApi]
impl Sample {
    #[oai(path = "/double", method = "get", operation_id = "double")]
    async fn double(&self, number: Query<u8>) -> Json<Doubled> {
        Json(Doubled { number: number.0.wrapping_mul(2) })
    }

    #[oai(path = "/echo", method = "post", operation_id = "echo")]
    async fn echo(&self, body: Json<Doubled>) -> Json<Doubled> {
        body
    }

    #[oai(path = "/panic", method = "get", operation_id = "panic")]
    async fn panic(&self) -> PlainText<String> {
        panic!("the secret is 42")
    }

    #[oai(path = "/away", method = "get", operation_id = "away")]
    async fn away(&self) -> poem::Result<PlainText<String>> {
        let cause = std::io::Error::other("password=hunter2");
        Err(Problem::unavailable("the database does not answer", cause).into())
    }

    #[oai(path = "/near", method = "get", operation_id = "near")]
    async fn near(&self) -> poem::Result<PlainText<String>> {
        let problem = Problem::new(StatusCode::NOT_FOUND, "unknown_region", "there is no region x");
        Err(problem.parameter("region").near(vec!["us-east-1".into()]).into())
    }

    #[oai(path = "/slow", method = "get", operation_id = "slow")]
    async fn slow(&self) -> PlainText<String> {
        tokio::time::sleep(Duration::from_millis(300)).await;
        PlainText("done".into())
    }
}

/// A running program.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Program {
    pub(crate) async fn start() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        let mut registry = Registry::default();
        let metrics = HttpMetrics::register(&mut registry);
        let api = (Sample, Liveness, Exposition::new(registry));
        let routes = Route::new().nest("/", OpenApiService::new(api, "Sample", "1"));
        let listener =
            serve::listen::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let server = Server::new(serve::edge(routes, metrics)).limits(limits);
        let task = tokio::spawn(async move {
            server.run(listener, async { drop(stopped.await) }).await.expect("a server");
        });
        Self { address, stop: Some(stop), task }
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        reqwest::get(self.url(path)).await.expect("an answer")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends bytes as they are and returns everything until the connection ends.
    pub(crate) async fn raw(&self, request: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request).await.expect("a write");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("a read");
        String::from_utf8(answer).expect("text")
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// Asks the program to stop; the handle ends when it has.
    pub(crate) fn stop(mut self) -> JoinHandle<()> {
        self.stop.take().expect("not stopped yet").send(()).expect("a running program");
        self.task
    }
}

/// Checks that an answer is a problem document and returns it.
pub(crate) async fn problem(response: reqwest::Response) -> Value {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let status = response.status().as_u16();
    let id = response.headers()["x-request-id"].to_str().expect("text").to_owned();
    let problem: Value = response.json().await.expect("JSON");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["request_id"], id);
    problem
}
