//! The closed sets of words: what is stored and shown must never change its meaning.

use std::fmt::Debug;

use model::{Failure, Outcome, Phase, Status, service::Kind};
use sea_orm::{ActiveEnum, Iterable};
use serde::{Serialize, de::DeserializeOwned};

/// Every word of a set with its number, as they are in databases and in other programs.
fn assert_pinned<W>(pinned: &[(&str, i16)])
where
    W: ActiveEnum<Value = i16> + Iterable + Serialize + DeserializeOwned + PartialEq + Debug,
    W: poem_openapi::types::ToJSON,
{
    let words: Vec<(String, i16)> = W::iter()
        .map(|word| {
            let json = serde_json::to_value(&word).unwrap();
            assert_eq!(word.to_json(), Some(json.clone()), "shown and kept in the journal alike");
            assert_eq!(serde_json::from_value::<W>(json.clone()).unwrap(), word);
            assert_eq!(W::try_from_value(&word.to_value()).unwrap(), word);
            (json.as_str().unwrap().to_owned(), word.to_value())
        })
        .collect();
    let words: Vec<_> = words.iter().map(|(word, number)| (word.as_str(), *number)).collect();
    assert_eq!(words, pinned);
}

#[test]
fn statuses_keep_their_words_and_numbers() {
    assert_pinned::<Status>(&[("up", 0), ("degraded", 1), ("down", 2), ("unknown", 3)]);
}

#[test]
fn outcomes_keep_their_words_and_numbers() {
    assert_pinned::<Outcome>(&[("succeeded", 0), ("failed", 1), ("skipped", 2)]);
}

#[test]
fn kinds_keep_their_words_and_numbers() {
    assert_pinned::<Kind>(&[("service", 0), ("application", 1)]);
}

#[test]
fn phases_keep_their_words_and_numbers() {
    assert_pinned::<Phase>(&[
        ("resolve", 0),
        ("connect", 1),
        ("tls", 2),
        ("processing", 3),
        ("transfer", 4),
    ]);
}

#[test]
fn failures_keep_their_words_and_numbers() {
    assert_pinned::<Failure>(&[
        ("resolve", 0),
        ("connect", 1),
        ("tls", 2),
        ("timeout", 3),
        ("reset", 4),
        ("protocol", 5),
        ("http_5xx", 6),
        ("http_4xx", 7),
        ("http_status", 8),
        ("throttled", 9),
        ("credentials", 10),
        ("body", 11),
        ("oversized", 12),
        ("stale", 13),
        ("not_visible", 14),
        ("function_error", 15),
        ("impaired", 16),
        ("configuration", 17),
        ("local", 18),
        ("clock", 19),
        ("slow", 20),
        ("intermittent", 21),
        ("missing_run", 22),
    ]);
}

#[test]
fn a_number_that_nobody_stored_is_an_error() {
    assert!(Failure::try_from_value(&23).is_err());
    assert!(Status::try_from_value(&-1).is_err());
}
