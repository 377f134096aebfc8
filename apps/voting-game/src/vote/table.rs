//! The table of votes, and its index by topic.

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, operation::put_item::PutItemError, types::AttributeValue};
use uuid::Uuid;

use super::{Ballot, Vote};
use crate::{
    error::Error,
    item::{self, Item, read_id, read_time},
};

const SERVICE: &str = "DynamoDB";
/// Votes by `topic_id`, in the order of `created`.
const BY_TOPIC: &str = "GroupByTopicOrderByCreated";
/// 100: what the game's rules say is tallied.
const NEWEST: i32 = 100;
/// The key of the index. An item without it is not in the index.
const TOPIC: &str = "topic_id";
/// Where the vote of a probe has its topic: outside the index, so that it never counts.
const PROBED_TOPIC: &str = "probe_topic_id";

/// The table of votes, key `id`.
#[derive(Clone, Debug)]
pub struct Votes {
    client: Client,
    table: String,
}

impl Votes {
    /// The table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Stores a vote once: false when a vote with this id was there already, which then stays.
    ///
    /// # Errors
    /// [`Error::Away`] or [`Error::Refused`].
    pub async fn add(&self, vote: &Vote) -> Result<bool, Error> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(to_item(vote)));
        match put.condition_expression("attribute_not_exists(id)").send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(Error::from_sdk(SERVICE, error)),
        }
    }

    /// One vote, as of now: the read is consistent.
    ///
    /// # Errors
    /// [`Error::UnknownVote`], else as [`Votes::add`].
    pub async fn find(&self, id: Uuid) -> Result<Vote, Error> {
        let get = self.client.get_item().table_name(&self.table).key("id", item::text(id));
        let answer = get
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::from_sdk(SERVICE, error))?;
        from_item(&answer.item.ok_or(Error::UnknownVote(id))?)
    }

    /// The newest 100 votes on a topic, newest first, those of probes left out.
    /// One query of the index `GroupByTopicOrderByCreated`, which lags a moment behind the table.
    ///
    /// # Errors
    /// As [`Votes::add`].
    pub async fn newest(&self, topic: Uuid) -> Result<Vec<Vote>, Error> {
        let query = self.client.query().table_name(&self.table).index_name(BY_TOPIC);
        let answer = query
            .key_condition_expression("topic_id = :topic_id")
            .expression_attribute_values(":topic_id", item::text(topic))
            .scan_index_forward(false)
            .limit(NEWEST)
            .send()
            .await
            .map_err(|error| Error::from_sdk(SERVICE, error))?;
        answer.items().iter().map(from_item).collect()
    }
}

fn to_item(vote: &Vote) -> Item {
    let Vote { ballot, created, expires_at } = vote;
    let topic = if ballot.probe { PROBED_TOPIC } else { TOPIC };
    let mut item = HashMap::from([
        ("id".to_owned(), item::text(ballot.id)),
        (topic.to_owned(), item::text(ballot.topic_id)),
        ("choice_id".to_owned(), item::text(ballot.choice_id)),
        ("queued_at".to_owned(), item::time(ballot.queued_at)),
        ("created".to_owned(), item::time(*created)),
    ]);
    if ballot.probe {
        item.insert("probe".to_owned(), AttributeValue::Bool(true));
    }
    if let Some(seconds) = expires_at {
        item.insert("expires_at".to_owned(), AttributeValue::N(seconds.to_string()));
    }
    item
}

fn from_item(stored: &Item) -> Result<Vote, Error> {
    let probe = stored.contains_key(PROBED_TOPIC);
    let ballot = Ballot {
        id: read_id(stored, "id")?,
        topic_id: read_id(stored, if probe { PROBED_TOPIC } else { TOPIC })?,
        choice_id: read_id(stored, "choice_id")?,
        queued_at: read_time(stored, "queued_at")?,
        probe,
    };
    let expires_at = stored
        .get("expires_at")
        .and_then(|value| value.as_n().ok())
        .and_then(|seconds| seconds.parse().ok());
    Ok(Vote { ballot, created: read_time(stored, "created")?, expires_at })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn vote(probe: bool) -> Vote {
        let ballot = Ballot {
            id: Uuid::from_u128(1),
            topic_id: Uuid::from_u128(2),
            choice_id: Uuid::from_u128(3),
            queued_at: DateTime::UNIX_EPOCH,
            probe,
        };
        Vote::of(ballot, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_vote_survives_its_storage() {
        for probe in [false, true] {
            assert_eq!(from_item(&to_item(&vote(probe))).expect("a vote"), vote(probe));
        }
    }

    #[test]
    fn the_vote_of_a_probe_has_no_key_of_the_index_and_expires() {
        let item = to_item(&vote(true));
        assert!(!item.contains_key(TOPIC));
        assert_eq!(item["expires_at"], AttributeValue::N("3600".into()));
        assert_eq!(item["probe"], AttributeValue::Bool(true));
    }

    #[test]
    fn the_vote_of_a_player_is_in_the_index_and_stays() {
        let item = to_item(&vote(false));
        assert!(item.contains_key(TOPIC) && item.contains_key("created"));
        assert!(!item.contains_key("expires_at") && !item.contains_key("probe"));
    }
}
