//! The table of topics.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue},
};
use uuid::Uuid;

use super::{Choice, Topic};
use crate::{
    error::Error,
    item::{self, Item, read_flag, read_id, read_text, read_time},
};

const SERVICE: &str = "DynamoDB";
/// 1,000: topics are made by hand, so a scan stays cheap; more than that nobody reads.
const MOST_LISTED: usize = 1000;

/// The table of topics, key `id`.
#[derive(Clone, Debug)]
pub struct Topics {
    client: Client,
    table: String,
}

impl Topics {
    /// The table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Stores a new topic.
    ///
    /// # Errors
    /// [`Error::Away`] or [`Error::Refused`].
    pub async fn add(&self, topic: &Topic) -> Result<(), Error> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(to_item(topic)));
        put.send().await.map_err(|error| Error::from_sdk(SERVICE, error))?;
        Ok(())
    }

    /// Replaces what an author may change, and returns the topic as it is now.
    ///
    /// # Errors
    /// [`Error::UnknownTopic`] when there is nothing to change, else as [`Topics::add`].
    pub async fn change(&self, topic: Topic) -> Result<Topic, Error> {
        let changed = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", item::text(topic.id))
            .condition_expression("attribute_exists(id)")
            .update_expression(
                "SET last_upd = :last_upd, is_active = :is_active, title = :title, choices = :choices",
            )
            .expression_attribute_values(":last_upd", item::time(topic.last_upd))
            .expression_attribute_values(":is_active", AttributeValue::Bool(topic.is_active))
            .expression_attribute_values(":title", item::text(&topic.title))
            .expression_attribute_values(":choices", choices_value(&topic.choices))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match changed {
            Ok(answer) => from_item(&answer.attributes.unwrap_or_default()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Err(Error::UnknownTopic(topic.id))
            }
            Err(error) => Err(Error::from_sdk(SERVICE, error)),
        }
    }

    /// One topic, as of now: the read is consistent.
    ///
    /// # Errors
    /// [`Error::UnknownTopic`], else as [`Topics::add`].
    pub async fn find(&self, id: Uuid) -> Result<Topic, Error> {
        let get = self.client.get_item().table_name(&self.table).key("id", item::text(id));
        let answer = get
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::from_sdk(SERVICE, error))?;
        from_item(&answer.item.ok_or(Error::UnknownTopic(id))?)
    }

    /// The newest `limit` topics, newest first. Reads the whole table, but at most 1,000 topics.
    ///
    /// # Errors
    /// As [`Topics::add`].
    pub async fn newest(&self, limit: usize) -> Result<Vec<Topic>, Error> {
        let mut topics = Vec::new();
        let mut next: Option<HashMap<String, AttributeValue>> = None;
        loop {
            let scan = self.client.scan().table_name(&self.table).set_exclusive_start_key(next);
            let page = scan.send().await.map_err(|error| Error::from_sdk(SERVICE, error))?;
            for stored in page.items() {
                topics.push(from_item(stored)?);
            }
            next = page.last_evaluated_key;
            if next.is_none() || topics.len() >= MOST_LISTED {
                break;
            }
        }
        topics.sort_by_key(|topic| std::cmp::Reverse(topic.created));
        topics.truncate(limit);
        Ok(topics)
    }
}

fn to_item(topic: &Topic) -> Item {
    HashMap::from([
        ("id".to_owned(), item::text(topic.id)),
        ("created".to_owned(), item::time(topic.created)),
        ("last_upd".to_owned(), item::time(topic.last_upd)),
        ("is_active".to_owned(), AttributeValue::Bool(topic.is_active)),
        ("title".to_owned(), item::text(&topic.title)),
        ("choices".to_owned(), choices_value(&topic.choices)),
    ])
}

fn choices_value(choices: &[Choice]) -> AttributeValue {
    let value = |choice: &Choice| {
        AttributeValue::M(HashMap::from([
            ("id".to_owned(), item::text(choice.id)),
            ("description".to_owned(), item::text(&choice.description)),
        ]))
    };
    AttributeValue::L(choices.iter().map(value).collect())
}

fn from_item(stored: &Item) -> Result<Topic, Error> {
    Ok(Topic {
        id: read_id(stored, "id")?,
        created: read_time(stored, "created")?,
        last_upd: read_time(stored, "last_upd")?,
        is_active: read_flag(stored, "is_active")?,
        title: read_text(stored, "title")?,
        choices: read_choices(stored)?,
    })
}

fn read_choices(stored: &Item) -> Result<Vec<Choice>, Error> {
    let corrupt = || Error::Corrupt { attribute: "choices".to_owned() };
    let list = stored.get("choices").and_then(|value| value.as_l().ok()).ok_or_else(corrupt)?;
    let read = |value: &AttributeValue| {
        let choice = value.as_m().map_err(|_| corrupt())?;
        let (id, description) = (read_id(choice, "id")?, read_text(choice, "description")?);
        Ok(Choice { id, description, votes: None })
    };
    list.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    fn topic() -> Topic {
        Topic {
            id: Uuid::from_u128(1),
            created: DateTime::UNIX_EPOCH,
            last_upd: DateTime::UNIX_EPOCH + TimeDelta::microseconds(1),
            is_active: true,
            title: "Tea?".into(),
            choices: vec![Choice {
                id: Uuid::from_u128(2),
                description: "Yes".into(),
                votes: None,
            }],
        }
    }

    #[test]
    fn a_topic_survives_its_storage() {
        assert_eq!(from_item(&to_item(&topic())).expect("a topic"), topic());
    }

    #[test]
    fn an_item_without_a_title_is_corrupt() {
        let mut stored = to_item(&topic());
        stored.remove("title");
        let error = from_item(&stored).expect_err("a corrupt item");
        assert!(matches!(error, Error::Corrupt { attribute } if attribute == "title"));
    }
}
