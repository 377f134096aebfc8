//! What authors send, and the checks that it has to pass.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::{Choice, Topic};
use crate::error::Error;

/// 200 characters fit on a line of any page; DynamoDB would take 400 KiB.
const LONGEST_TEXT: usize = 200;
/// 20 choices fit on a page.
const MOST_CHOICES: usize = 20;

/// A topic as its author describes it.
#[derive(Clone, Debug, Deserialize)]
pub struct Draft {
    /// Proves that the sender may.
    pub api_key: String,
    is_active: bool,
    title: String,
    choices: Vec<DraftChoice>,
}

#[derive(Clone, Debug, Deserialize)]
struct DraftChoice {
    id: Option<Uuid>,
    description: String,
}

impl Draft {
    /// The topic that it describes. On a change `created` is replaced by that of the stored topic.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the first field that cannot be used.
    pub fn into_topic(self, id: Uuid, now: DateTime<Utc>) -> Result<Topic, Error> {
        check_text("title", &self.title)?;
        if self.choices.is_empty() || self.choices.len() > MOST_CHOICES {
            return Err(Error::invalid("choices", format!("1 to {MOST_CHOICES} are needed")));
        }
        let mut choices: Vec<Choice> = Vec::with_capacity(self.choices.len());
        for (index, draft) in self.choices.into_iter().enumerate() {
            check_text(&format!("choices[{index}].description"), &draft.description)?;
            let id = draft.id.unwrap_or_else(Uuid::new_v4);
            if choices.iter().any(|choice| choice.id == id) {
                let parameter = format!("choices[{index}].id");
                return Err(Error::invalid(parameter, "another choice has the same id"));
            }
            choices.push(Choice { id, description: draft.description, votes: None });
        }
        let Self { is_active, title, .. } = self;
        Ok(Topic { id, created: now, last_upd: now, is_active, title, choices })
    }
}

fn check_text(parameter: &str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() || text.chars().count() > LONGEST_TEXT {
        return Err(Error::invalid(
            parameter,
            format!("1 to {LONGEST_TEXT} characters are needed"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(json: &str) -> Result<Topic, Error> {
        let draft: Draft = serde_json::from_str(json).expect("a draft");
        draft.into_topic(Uuid::nil(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_given_id_of_a_choice_is_kept() {
        let topic = draft(
            r#"{"api_key": "", "is_active": true, "title": "Tea?", "choices": [
                {"id": "8c5bb6c9-6d8b-4f0b-9d3e-2f2f4b8f5a10", "description": "Yes"}, {"description": "No"}]}"#,
        )
        .expect("a topic");
        assert_eq!(topic.choices[0].id.to_string(), "8c5bb6c9-6d8b-4f0b-9d3e-2f2f4b8f5a10");
        assert!(!topic.choices[1].id.is_nil());
    }

    #[test]
    fn a_field_that_cannot_be_used_is_named() {
        let long = "x".repeat(LONGEST_TEXT + 1);
        for (choices, title, parameter) in [
            (r#"[{"description": "Yes"}]"#, " ", "title"),
            (r#"[{"description": "Yes"}]"#, long.as_str(), "title"),
            ("[]", "Tea?", "choices"),
            (r#"[{"description": "Yes"}, {"description": ""}]"#, "Tea?", "choices[1].description"),
        ] {
            let json = format!(
                r#"{{"api_key": "", "is_active": true, "title": "{title}", "choices": {choices}}}"#
            );
            let error = draft(&json).expect_err("a bad draft").to_string();
            assert!(error.starts_with(&format!("{parameter}: ")), "{error}");
        }
    }

    #[test]
    fn two_choices_cannot_have_one_id() {
        let id = Uuid::from_u128(7);
        let choice = format!(r#"{{"id": "{id}", "description": "Yes"}}"#);
        let json = format!(
            r#"{{"api_key": "", "is_active": true, "title": "Tea?", "choices": [{choice}, {choice}]}}"#
        );
        let error = draft(&json).expect_err("a bad draft").to_string();
        assert!(error.starts_with("choices[1].id: "), "{error}");
    }
}
