//! Control: addresses that do not depend on the cloud that is judged. When they cannot be reached
//! either, it is us.

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Request, header};
use model::Failure;
use url::Url;

use super::built;
use crate::{attempt::Attempt, context::Context, net::Failed, registry::Probe};

/// The control targets.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::CONTROL,
    missing: |targets| targets.control.is_empty().then_some("TM_CONTROL_URLS"),
    run: |context| Box::pin(run(context)),
};

/// The steps, one for each address.
const STEPS: [&str; 3] = ["reach_1", "reach_2", "reach_3"];

/// 3: one that is down by itself is outvoted by the two others.
pub const AT_MOST: usize = STEPS.len();

async fn run(context: Context) {
    let urls = context.targets.control.clone();
    let reaching = urls
        .iter()
        .zip(STEPS)
        .map(|(url, step)| context.step(step, move |attempt| reach(attempt, url)));
    join_all(reaching).await;
}

/// Whatever is answered, somebody was reached; a 5xx may be a proxy's on the way.
async fn reach(attempt: Attempt, url: &Url) -> Result<(), Failed> {
    let request = Request::get(url.as_str())
        .header(header::USER_AGENT, concat!("cloud-monitor/", env!("CARGO_PKG_VERSION")))
        .body(Bytes::new());
    let answer = attempt.send(built(request)?).await?;
    match answer.status.is_server_error() {
        true => Err(Failed::new(Failure::Http5xx, answer.status)),
        false => Ok(()),
    }
}
