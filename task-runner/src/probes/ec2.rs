//! EC2: the beacon instance, as the control plane describes it.

use aws_sdk_ec2::{
    Client,
    types::{Instance, InstanceStateName, InstanceStatus, SummaryStatus},
};
use model::Failure;

use crate::{attempt::Attempt, context::Context, net::Failed, registry::Probe};

/// EC2 by itself.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::EC2,
    missing: |targets| targets.instance.is_none().then_some("TM_VOTING_EC2_INSTANCE_ID"),
    run: |context| Box::pin(run(context)),
};

async fn run(context: Context) {
    let Some(id) = &context.targets.instance else { return };
    // The second question does not need the first one's answer: it is asked all the same. One
    // after the other, so that their times add up.
    context.step("describe_instances", |attempt| describe(attempt, &context, id)).await;
    context.step("describe_instance_status", |attempt| check_status(attempt, &context, id)).await;
}

async fn describe(attempt: Attempt, context: &Context, id: &str) -> Result<(), Failed> {
    let client = Client::new(&attempt.sdk(context.targets.endpoints.ec2.as_ref()));
    let output = attempt.called(client.describe_instances().instance_ids(id).send().await)?;
    let mut instances =
        output.reservations().iter().flat_map(|reservation| reservation.instances());
    let instance = instances
        .find(|instance| instance.instance_id() == Some(id))
        .ok_or_else(|| Failed::new(Failure::Body, format!("{id} is not in the answer")))?;
    running(instance)
}

/// Running is good; what we stopped ourselves is our business, what stopped by itself is not.
fn running(instance: &Instance) -> Result<(), Failed> {
    let state = instance.state().and_then(|state| state.name());
    if state == Some(&InstanceStateName::Running) {
        return Ok(());
    }
    let reason = instance.state_reason().and_then(|reason| reason.code()).unwrap_or_default();
    // "Client.UserInitiatedShutdown" and the like; the provider's own begin with "Server.".
    let failure =
        if reason.starts_with("Client.") { Failure::Configuration } else { Failure::Impaired };
    let state = state.map_or("in no state", InstanceStateName::as_str);
    Err(Failed::new(failure, format!("the instance is {state} {reason}")))
}

async fn check_status(attempt: Attempt, context: &Context, id: &str) -> Result<(), Failed> {
    let client = Client::new(&attempt.sdk(context.targets.endpoints.ec2.as_ref()));
    let call = client.describe_instance_status().instance_ids(id).include_all_instances(true);
    let output = attempt.called(call.send().await)?;
    let status = output
        .instance_statuses()
        .iter()
        .find(|status| status.instance_id() == Some(id))
        .ok_or_else(|| Failed::new(Failure::Body, format!("{id} is not in the answer")))?;
    unimpaired(status)
}

/// Neither the instance nor the system under it may fail its checks: the system is the
/// provider's, what runs on the instance is ours. Checks that are not done yet say nothing.
fn unimpaired(status: &InstanceStatus) -> Result<(), Failed> {
    let impaired = |summary: Option<&SummaryStatus>| summary == Some(&SummaryStatus::Impaired);
    let instance = impaired(status.instance_status().and_then(|checks| checks.status()));
    let system = impaired(status.system_status().and_then(|checks| checks.status()));
    match (system, instance) {
        (false, false) => Ok(()),
        (true, _) => Err(Failed::new(Failure::Impaired, "the system's checks fail")),
        (false, true) => {
            Err(Failed::new(Failure::Configuration, "only the instance's own checks fail"))
        }
    }
}
