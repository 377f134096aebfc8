//! Lambda: the shade generator's function, invoked without its gateway.

use aws_sdk_lambda::Client;
use model::Failure;
use serde::Deserialize;

use crate::{attempt::Attempt, context::Context, net::Failed, registry::Probe};

/// Lambda by itself.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::LAMBDA,
    missing: |_| None,
    run: |context| Box::pin(run(context)),
};

/// What the function answers, directly as through the gateway.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "statusCode")]
    status_code: u16,
    body: String,
}

async fn run(context: Context) {
    context.step("invoke", |attempt| invoke(attempt, &context)).await;
}

async fn invoke(attempt: Attempt, context: &Context) -> Result<(), Failed> {
    let client = Client::new(&attempt.sdk(context.targets.endpoints.lambda.as_ref()));
    let call = client.invoke().function_name(&context.targets.function);
    let output = attempt.called(call.send().await)?;
    let payload = output.payload().map(|blob| blob.as_ref()).unwrap_or_default();
    if let Some(error) = output.function_error() {
        let detail = format!("{error}: {}", String::from_utf8_lossy(payload));
        return Err(Failed::new(Failure::FunctionError, detail));
    }
    let answer: Answer =
        serde_json::from_slice(payload).map_err(|error| Failed::new(Failure::Body, error))?;
    match answer.status_code == 200 && !answer.body.is_empty() {
        true => Ok(()),
        false => {
            let detail = format!("the function says {}: {}", answer.status_code, answer.body);
            Err(Failed::new(Failure::Body, detail))
        }
    }
}
