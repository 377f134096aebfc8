//! The other side: a process that answers like every target of the runner, after a delay.
//!
//! `/hold?ms=50` answers after that time, and says in a header how long it really held the
//! request. `/now` answers at once. Everything else answers as applications and provider do,
//! after 100 ms.

use std::{
    collections::HashMap,
    convert::Infallible,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpSocket,
    process::{Child, Command},
    time::sleep,
};

/// What a target takes in the measurement of a round.
pub(crate) const ANSWERS_AFTER: Duration = Duration::from_millis(100);

/// How long a request was really held, in microseconds.
pub(crate) const HELD: &str = "x-held-us";

/// More connections than any measurement opens at once: one that finds the queue full tries again
/// a second later, and that second would be measured.
const BACKLOG: u32 = 4096;

/// The beacon's content.
const BEACON: &[u8] = b"beacon";

/// A running target; it ends when this is dropped.
pub(crate) struct Target {
    /// Its address: `http://127.0.0.1:1234`.
    pub(crate) url: String,
    _process: Child,
}

impl Target {
    /// Starts this program once more, as a target.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg("target")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().context("the target has no output")?;
        let mut url = String::new();
        BufReader::new(output).read_line(&mut url).await?;
        Ok(Self { url: url.trim().to_owned(), _process: process })
    }
}

/// What was written, to be read back.
#[derive(Default)]
struct Memory {
    messages: Vec<Value>,
    items: HashMap<String, Value>,
    votes: HashMap<String, Value>,
}

type Shared = Arc<Mutex<Memory>>;

/// Serves until the process is ended.
#[expect(clippy::print_stdout, reason = "the address, for the process that started this one")]
pub(crate) async fn serve() -> anyhow::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    println!("http://{}", listener.local_addr()?);
    let memory = Shared::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let memory = memory.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, memory.clone()));
            // A client that goes away is none of the target's business.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    memory: Shared,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let arrived = Instant::now();
    match request.uri().path() {
        "/now" => Ok(Response::new(Full::from("ok"))),
        "/hold" => {
            let query = request.uri().query().unwrap_or_default();
            let wanted = query.strip_prefix("ms=").and_then(|ms| ms.parse().ok());
            sleep(Duration::from_millis(wanted.unwrap_or(0))).await;
            let mut response = Response::new(Full::from("held"));
            let held = u64::try_from(arrived.elapsed().as_micros()).unwrap_or(u64::MAX);
            response.headers_mut().insert(HELD, held.into());
            Ok(response)
        }
        _ => {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            let response = as_target(&head, &body, &memory);
            sleep(ANSWERS_AFTER.saturating_sub(arrived.elapsed())).await;
            Ok(response)
        }
    }
}

/// What application or service would have answered.
fn as_target(head: &http::request::Parts, body: &[u8], memory: &Shared) -> Response<Full<Bytes>> {
    let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
    let operation = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let json = |value: Value| typed("application/json", value.to_string());
    if let Some(operation) = operation {
        let input: Value = serde_json::from_slice(body).unwrap_or_default();
        return json(memory.call(operation, &input));
    }
    let path = head.uri.path();
    match path.trim_start_matches('/').split('/').collect::<Vec<_>>()[..] {
        ["topics"] => json(json!([{ "id": "t", "is_active": true, "choices": [{ "id": "c" }] }])),
        ["votes"] => {
            let mut vote: Value = serde_json::from_slice(body).unwrap_or_default();
            vote["id"] = "v".into();
            memory.votes.insert("v".into(), vote.clone());
            let mut accepted = json(vote);
            *accepted.status_mut() = http::StatusCode::ACCEPTED;
            accepted
        }
        ["votes", id] => json(memory.votes.get(id).cloned().unwrap_or_default()),
        ["quote"] => json(json!("Brevity is the soul of wit.")),
        ["shades"] => json(json!("#663399")),
        ["beacon.png"] => typed("image/png", BEACON),
        ["2015-03-31", ..] => json(json!({ "statusCode": 200, "body": "#663399" })),
        _ => typed("text/xml", query_answer(body)),
    }
}

impl Memory {
    /// The calls of the services that speak JSON.
    fn call(&mut self, operation: &str, input: &Value) -> Value {
        let id = || input["Key"]["id"]["S"].as_str().unwrap_or_default().to_owned();
        match operation.rsplit('.').next().unwrap_or_default() {
            "GetQueueUrl" => json!({ "QueueUrl": "http://127.0.0.1/queue" }),
            "SendMessage" => {
                let id = format!("message-{}", self.messages.len());
                let receipt = format!("receipt-{id}");
                let body = &input["MessageBody"];
                let message = json!({ "MessageId": id, "Body": body, "ReceiptHandle": receipt });
                self.messages.push(message);
                json!({ "MessageId": id })
            }
            "ReceiveMessage" => json!({ "Messages": self.messages }),
            "DeleteMessage" => {
                self.messages.retain(|message| message["ReceiptHandle"] != input["ReceiptHandle"]);
                json!({})
            }
            "PutItem" => {
                let id = input["Item"]["id"]["S"].as_str().unwrap_or_default().to_owned();
                self.items.insert(id, input["Item"].clone());
                json!({})
            }
            "GetItem" => json!({ "Item": self.items.get(&id()) }),
            "DeleteItem" => {
                self.items.remove(&id());
                json!({})
            }
            _ => json!({}),
        }
    }
}

/// The calls of EC2 and IAM, which speak XML.
fn query_answer(body: &[u8]) -> String {
    let body = String::from_utf8_lossy(body);
    if body.contains("Action=DescribeInstanceStatus") {
        return "<DescribeInstanceStatusResponse><instanceStatusSet><item>\
            <instanceId>i-0</instanceId><instanceState><code>16</code><name>running</name>\
            </instanceState></item></instanceStatusSet></DescribeInstanceStatusResponse>"
            .into();
    }
    if body.contains("Action=DescribeInstances") {
        return "<DescribeInstancesResponse><reservationSet><item><instancesSet><item>\
            <instanceId>i-0</instanceId><instanceState><code>16</code><name>running</name>\
            </instanceState></item></instancesSet></item></reservationSet>\
            </DescribeInstancesResponse>"
            .into();
    }
    "<GetAccessKeyLastUsedResponse><GetAccessKeyLastUsedResult><UserName>monitor</UserName>\
        <AccessKeyLastUsed><Region>us-east-1</Region><ServiceName>sqs</ServiceName>\
        <LastUsedDate>2026-11-19T18:00:00Z</LastUsedDate></AccessKeyLastUsed>\
        </GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>"
        .into()
}

fn typed(content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    let content_type = header::HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
