//! The queue of ballots.

use std::time::Duration;

use aws_sdk_sqs::{Client, types::DeleteMessageBatchRequestEntry};

use super::Ballot;
use crate::{cloud, error::Error};

const SERVICE: &str = "SQS";
/// 10: the most that SQS hands out at once.
const BATCH: i32 = 10;
/// 20 s: the longest that SQS lets one wait, hence the fewest empty receives to pay for.
const LONG_POLL: Duration = Duration::from_secs(20);

/// The queue of ballots.
#[derive(Clone, Debug)]
pub struct VoteQueue {
    client: Client,
    url: String,
}

/// A message that is ours until its visibility ends.
#[derive(Clone, Debug)]
pub struct Received {
    /// SQS's own id, for the log.
    pub message_id: String,
    /// What to delete it by.
    receipt: String,
    /// What it says; a ballot, usually.
    body: String,
}

impl Received {
    /// The ballot in it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when there is none.
    pub fn ballot(&self) -> Result<Ballot, Error> {
        serde_json::from_str(&self.body)
            .map_err(|error| Error::Corrupt { attribute: format!("the body ({error})") })
    }
}

impl VoteQueue {
    /// The queue at that URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Queues a ballot.
    ///
    /// # Errors
    /// [`Error::Away`] or [`Error::Refused`].
    pub async fn send(&self, ballot: &Ballot) -> Result<(), Error> {
        let body = serde_json::to_string(ballot)
            .map_err(|error| Error::Corrupt { attribute: error.to_string() })?;
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        send.send().await.map_err(|error| Error::from_sdk(SERVICE, error))?;
        Ok(())
    }

    /// Waits up to 20 s for up to 10 messages.
    ///
    /// # Errors
    /// As [`VoteQueue::send`].
    pub async fn receive(&self) -> Result<Vec<Received>, Error> {
        let patient =
            aws_sdk_sqs::config::Builder::new().timeout_config(cloud::timeouts(LONG_POLL));
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(BATCH)
            .wait_time_seconds(i32::try_from(LONG_POLL.as_secs()).unwrap_or(i32::MAX))
            .customize()
            .config_override(patient)
            .send()
            .await
            .map_err(|error| Error::from_sdk(SERVICE, error))?;
        let received = |message: aws_sdk_sqs::types::Message| {
            Some(Received {
                message_id: message.message_id.unwrap_or_default(),
                receipt: message.receipt_handle?,
                body: message.body.unwrap_or_default(),
            })
        };
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(received).collect())
    }

    /// Deletes what has been stored. What SQS does not delete comes again, which is harmless.
    ///
    /// # Errors
    /// As [`VoteQueue::send`].
    pub async fn delete(&self, done: &[Received]) -> Result<(), Error> {
        let entries = done.iter().enumerate().filter_map(|(index, message)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
            entry.receipt_handle(&message.receipt).build().ok()
        });
        let delete = self.client.delete_message_batch().queue_url(&self.url);
        let delete = delete.set_entries(Some(entries.collect()));
        delete.send().await.map_err(|error| Error::from_sdk(SERVICE, error))?;
        Ok(())
    }

    /// Keeps a message from other workers for that long from now; nothing hands it out at once.
    ///
    /// # Errors
    /// As [`VoteQueue::send`].
    pub async fn keep(&self, message: &Received, time: Duration) -> Result<(), Error> {
        let change = self.client.change_message_visibility().queue_url(&self.url);
        change
            .receipt_handle(&message.receipt)
            .visibility_timeout(i32::try_from(time.as_secs()).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| Error::from_sdk(SERVICE, error))?;
        Ok(())
    }
}
