//! The quote generator: a quote that fits into a message.

use http::StatusCode;
use model::Failure;

use super::fresh_get;
use crate::{context::Context, net::Failed, registry::Probe};

/// The quote generator, on an instance.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::QUOTES,
    missing: |targets| targets.quotes.is_none().then_some("TM_BEZZOS_QUOTES_URL"),
    run: |context| Box::pin(run(context)),
};

/// What `trim=true` promises.
const LONGEST: usize = 140;

async fn run(context: Context) {
    let Some(mut url) = context.targets.quotes.clone() else { return };
    url.query_pairs_mut().append_pair("trim", "true");
    let (url, nonce) = (&url, context.nonce);
    context
        .step("get_quote", |attempt| async move {
            let answer = attempt.send(fresh_get(url, nonce)?).await?.expect(StatusCode::OK)?;
            let quote: String = answer.json()?;
            match quote.chars().count() {
                1..=LONGEST => Ok(()),
                length => {
                    let detail = format!("the quote has {length} characters, not 1 to {LONGEST}");
                    Err(Failed::new(Failure::Body, detail))
                }
            }
        })
        .await;
}
