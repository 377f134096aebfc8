//! Counting votes.

use crate::{topic::Topic, vote::Vote};

/// Writes into each choice how many of the votes went to it.
pub(crate) fn count(topic: &mut Topic, votes: &[Vote]) {
    for choice in &mut topic.choices {
        let is_for = |vote: &&Vote| vote.ballot.choice_id == choice.id;
        choice.votes = Some(votes.iter().filter(is_for).count());
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::{topic::Choice, vote::Ballot};

    fn vote_for(choice: u128) -> Vote {
        let ballot = Ballot {
            id: Uuid::new_v4(),
            topic_id: Uuid::nil(),
            choice_id: Uuid::from_u128(choice),
            queued_at: DateTime::UNIX_EPOCH,
            probe: false,
        };
        Vote::of(ballot, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_choice_without_votes_has_zero_and_votes_for_former_choices_are_left_out() {
        let choice =
            |id| Choice { id: Uuid::from_u128(id), description: String::new(), votes: None };
        let mut topic = Topic {
            id: Uuid::nil(),
            created: DateTime::UNIX_EPOCH,
            last_upd: DateTime::UNIX_EPOCH,
            is_active: true,
            title: String::new(),
            choices: vec![choice(1), choice(2)],
        };
        count(&mut topic, &[vote_for(1), vote_for(1), vote_for(99)]);
        let votes: Vec<_> = topic.choices.iter().map(|choice| choice.votes).collect();
        assert_eq!(votes, [Some(2), Some(0)]);
    }
}
