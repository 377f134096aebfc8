//! The quotes, from works whose authors died more than a hundred years ago.

use std::{fmt, sync::LazyLock};

use rand::seq::IndexedRandom;

/// One a line: text, author, work, separated by tabs.
const FILE: &str = include_str!("quotes.tsv");
/// 140 characters: what once fitted into a text message with its sender.
const LONGEST: usize = 140;

static QUOTES: LazyLock<Vec<Quote>> =
    LazyLock::new(|| FILE.lines().filter_map(Quote::parse).collect());

/// A sentence and where it is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    /// The sentence.
    pub(crate) text: &'static str,
    author: &'static str,
    work: &'static str,
}

impl Quote {
    fn parse(line: &'static str) -> Option<Self> {
        let mut columns = line.split('\t');
        let (text, author, work) = (columns.next()?, columns.next()?, columns.next()?);
        Some(Self { text, author, work })
    }
}

impl fmt::Display for Quote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} — {}, {}", self.text, self.author, self.work)
    }
}

/// Any of the quotes, all equally likely.
pub(crate) fn random() -> Quote {
    const SILENCE: Quote =
        Quote { text: "The rest is silence.", author: "William Shakespeare", work: "Hamlet" };
    QUOTES.choose(&mut rand::rng()).copied().unwrap_or(SILENCE)
}

/// The text, cut after a whole word where it is longer than 140 characters.
pub(crate) fn trimmed(text: &str) -> String {
    // One character is the ellipsis; where the text is shorter there is nothing at this index.
    let Some((end, _)) = text.char_indices().nth(LONGEST - 1) else {
        return text.to_owned();
    };
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let cut = text[..end].rfind(' ').unwrap_or(end);
    format!("{}…", text[..cut].trim_end_matches([',', ';', ':', '.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_a_quote() {
        assert_eq!(QUOTES.len(), FILE.lines().count());
        assert!(QUOTES.len() >= 36);
        let is_whole = |quote: &Quote| {
            ![quote.text, quote.author, quote.work].iter().any(|column| column.trim().is_empty())
        };
        assert!(QUOTES.iter().all(is_whole));
    }

    #[test]
    fn a_long_quote_is_cut_between_words() {
        let long = "word, ".repeat(60);
        let cut = trimmed(&long);
        assert!(cut.ends_with("word…"), "{cut}");
        assert!(cut.chars().count() <= LONGEST);
    }

    #[test]
    fn a_quote_of_exactly_140_characters_stays() {
        let text = "é".repeat(LONGEST);
        assert_eq!(trimmed(&text), text);
        assert_eq!(trimmed(&"é".repeat(LONGEST + 1)).chars().count(), LONGEST);
    }
}
