//! The shade generator through its gateway: a random shade from a function over HTTP.

use http::StatusCode;
use model::Failure;

use super::fresh_get;
use crate::{context::Context, net::Failed, registry::Probe};

/// The shade generator, as its users reach it.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::SHADES,
    missing: |targets| targets.shades.is_none().then_some("TM_SHADES_URL"),
    run: |context| Box::pin(run(context)),
};

async fn run(context: Context) {
    let Some(url) = &context.targets.shades else { return };
    context
        .step("get_shade", |attempt| async move {
            let request = fresh_get(url, context.nonce)?;
            let answer = attempt.send(request).await?.expect(StatusCode::OK)?;
            match answer.body.is_empty() {
                true => Err(Failed::new(Failure::Body, "the shade is empty")),
                false => Ok(()),
            }
        })
        .await;
}
