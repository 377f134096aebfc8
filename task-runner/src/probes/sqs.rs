//! SQS: send a message to the monitor's own queue, receive it, delete it.

use std::time::Duration;

use aws_sdk_sqs::{Client, types::QueueAttributeName};
use model::Failure;
use tokio::time::{Instant, sleep};

use crate::{attempt::Attempt, context::Context, net::Failed, registry::Probe};

/// SQS by itself.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::SQS,
    missing: |_| None,
    run: |context| Box::pin(run(context)),
};

/// 60 s, the least that SQS takes: a message that was not deleted is gone by itself then.
const RETENTION: &str = "60";

/// 1 s: how long SQS may wait for a message before it answers that there is none.
const LONG_POLL: Duration = Duration::from_secs(1);

/// 100 ms between polls that do not wait, where a step has no time for such that do.
const SHORT_POLL: Duration = Duration::from_millis(100);

/// 1 s: messages of others, of a probe run by hand at the same time, come back to them soon.
const VISIBILITY: i32 = 1;

async fn run(context: Context) {
    let context = &context;
    let get = |attempt| get_queue(attempt, context);
    let mut queue = context.step_within(context.step_deadline, "get_queue", get).await;
    if queue.as_ref().is_err_and(|failed| failed.failure == Failure::Configuration) {
        let create = |attempt| create_queue(attempt, context);
        queue = context.step_within(context.step_deadline, "get_queue", create).await;
    }
    let Ok(queue) = queue else { return };
    let queue = queue.as_str();
    let sent = context.step("send_message", |attempt| send(attempt, context, queue)).await;
    let Some(message) = sent else { return };
    let receive = |attempt| receive(attempt, context, queue, &message);
    let received = context.step("receive_message", receive).await;
    let Some(receipt) = received else { return };
    context.step("delete_message", |attempt| delete(attempt, context, queue, &receipt)).await;
}

async fn get_queue(attempt: Attempt, context: &Context) -> Result<String, Failed> {
    let call = client(&attempt, context).get_queue_url().queue_name(&context.targets.queue);
    let output = attempt.called(call.send().await)?;
    output.queue_url.ok_or_else(|| Failed::new(Failure::Body, "the queue has no address"))
}

/// Creates the monitor's own queue where it was never deployed.
async fn create_queue(attempt: Attempt, context: &Context) -> Result<String, Failed> {
    let call = client(&attempt, context)
        .create_queue()
        .queue_name(&context.targets.queue)
        .attributes(QueueAttributeName::MessageRetentionPeriod, RETENTION);
    let output = attempt.called(call.send().await)?;
    tracing::info!(queue = context.targets.queue, "Created the monitor's own queue");
    output.queue_url.ok_or_else(|| Failed::new(Failure::Body, "the queue has no address"))
}

/// Sends this run's nonce, and returns the message's id.
async fn send(attempt: Attempt, context: &Context, queue: &str) -> Result<String, Failed> {
    let body = format!("cloud-monitor {}", context.nonce);
    let call = client(&attempt, context).send_message().queue_url(queue).message_body(body);
    let output = attempt.called(call.send().await)?;
    output.message_id.ok_or_else(|| Failed::new(Failure::Body, "the message has no id"))
}

/// Receives until our message is there, and returns its receipt. Messages of others are left:
/// they come back to them, or end by themselves.
async fn receive(
    attempt: Attempt,
    context: &Context,
    queue: &str,
    sent: &str,
) -> Result<String, Failed> {
    let client = client(&attempt, context);
    let patience = attempt.deadline.saturating_duration_since(Instant::now());
    let (poll, pause) = match patience < 3 * LONG_POLL {
        true => (Duration::ZERO, SHORT_POLL),
        false => (LONG_POLL, Duration::ZERO),
    };
    loop {
        let call = client
            .receive_message()
            .queue_url(queue)
            .max_number_of_messages(10)
            .visibility_timeout(VISIBILITY)
            .wait_time_seconds(poll.as_secs() as i32);
        let messages = attempt.called(call.send().await)?.messages.unwrap_or_default();
        let are_others = !messages.is_empty();
        let ours = messages.into_iter().find(|message| message.message_id() == Some(sent));
        let Some(message) = ours else {
            // Another poll, with half as long again for the way, has to end before the deadline.
            if Instant::now() + poll.max(SHORT_POLL) * 3 / 2 >= attempt.deadline {
                return Err(Failed::new(Failure::NotVisible, "sent, and never received"));
            }
            // Behind those of others ours may be.
            if !are_others {
                sleep(pause).await;
            }
            continue;
        };
        if !message.body().unwrap_or_default().contains(&context.nonce.to_string()) {
            return Err(Failed::new(Failure::Body, "another message was received than was sent"));
        }
        let missing = || Failed::new(Failure::Body, "the message has no receipt");
        return message.receipt_handle.ok_or_else(missing);
    }
}

async fn delete(
    attempt: Attempt,
    context: &Context,
    queue: &str,
    receipt: &str,
) -> Result<(), Failed> {
    let call = client(&attempt, context).delete_message().queue_url(queue).receipt_handle(receipt);
    attempt.called(call.send().await)?;
    Ok(())
}

fn client(attempt: &Attempt, context: &Context) -> Client {
    Client::new(&attempt.sdk(context.targets.endpoints.sqs.as_ref()))
}
