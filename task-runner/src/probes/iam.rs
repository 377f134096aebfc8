//! IAM: when was our own key last used? A global service.

use aws_sdk_iam::Client;
use model::Failure;

use crate::{context::Context, net::Failed, registry::Probe};

/// IAM by itself.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::IAM,
    missing: |targets| targets.access_key.is_none().then_some("TM_AWS_ACCESS_KEY_ID"),
    run: |context| Box::pin(run(context)),
};

async fn run(context: Context) {
    let Some(key) = &context.targets.access_key else { return };
    let endpoint = context.targets.endpoints.iam.as_ref();
    context
        .step("get_access_key_last_used", |attempt| async move {
            let client = Client::new(&attempt.sdk(endpoint));
            let result = client.get_access_key_last_used().access_key_id(&key.id).send().await;
            let answer = attempt.called(result)?;
            let used = answer.access_key_last_used();
            let expected = answer.user_name().is_some()
                && used.is_some_and(|used| {
                    !used.service_name().is_empty() && !used.region().is_empty()
                });
            let missing =
                || Failed::new(Failure::Body, "no user, service or region of the last use");
            expected.then_some(()).ok_or_else(missing)
        })
        .await;
}
