//! S3: write an object to the monitor's own bucket, read it back, compare, and take it away.

use bytes::Bytes;
use http::{Method, StatusCode};
use model::Failure;
use url::Url;

use crate::{
    attempt::Attempt,
    context::Context,
    net::{Answer, Failed},
    refusal,
    registry::Probe,
    signing::{self, Call},
};

/// S3 by itself.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::S3,
    missing: |targets| targets.bucket.is_none().then_some("TM_S3_BUCKET"),
    run: |context| Box::pin(run(context)),
};

async fn run(context: Context) {
    let context = &context;
    let put = |attempt| async move {
        let body = Bytes::from(content(context));
        call(&attempt, context, Method::PUT, body).await?;
        Ok(())
    };
    if context.step("put_object", put).await.is_none() {
        return;
    }
    context.step("get_object", |attempt| get(attempt, context)).await;
    let delete = |attempt| async move {
        call(&attempt, context, Method::DELETE, Bytes::new()).await?;
        Ok(())
    };
    context.step("delete_object", delete).await;
}

/// Different in every run, so that an old answer is recognised.
fn content(context: &Context) -> String {
    format!("cloud-monitor {}", context.nonce)
}

async fn get(attempt: Attempt, context: &Context) -> Result<(), Failed> {
    let answer = call(&attempt, context, Method::GET, Bytes::new()).await?;
    match answer.body == content(context) {
        true => Ok(()),
        false => Err(Failed::new(Failure::Body, "another object was read than was written")),
    }
}

/// Calls one operation on this run's object.
async fn call(
    attempt: &Attempt,
    context: &Context,
    method: Method,
    body: Bytes,
) -> Result<Answer, Failed> {
    let url = object(context)?;
    let region = &context.region;
    let request = Call { service: "s3", region, method: method.clone(), url, body };
    let answer = attempt.send(signing::signed(&attempt.credentials().await?, request)?).await?;
    match answer.status {
        StatusCode::OK | StatusCode::NO_CONTENT => Ok(answer),
        // S3 is consistent: what was written can be read.
        StatusCode::NOT_FOUND if method == Method::GET => {
            Err(Failed::new(Failure::Stale, "a read does not see the object written before"))
        }
        status => {
            let code = refusal::code_in_xml(&answer.body).unwrap_or("no code");
            let failure = refusal::classify(code, status.as_u16());
            Err(Failed::new(failure, format!("{status} {code}")))
        }
    }
}

/// Where this run's object is: by path at an endpoint of its own, by host at the provider's.
fn object(context: &Context) -> Result<Url, Failed> {
    let targets = &context.targets;
    let bucket = targets.bucket.as_deref().unwrap_or_default();
    let (region, nonce) = (&context.region, context.nonce);
    let address = match &targets.endpoints.s3 {
        Some(endpoint) => format!("{}/{bucket}", endpoint.as_str().trim_end_matches('/')),
        None => format!("https://{bucket}.s3.{region}.amazonaws.com"),
    };
    let address = format!("{address}/cloud-monitor/{region}/{nonce}");
    address.parse().map_err(|error| Failed::new(Failure::Configuration, error))
}
