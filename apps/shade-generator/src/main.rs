//! A Lambda function that answers with a random shade, behind API Gateway or invoked directly.

mod answer;
mod shade;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

/// One thread: an environment of a function handles one event at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(answer::to(&event.payload, shade::random()))
}
