//! Where readers can try the sample applications themselves, as the operator says.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
    sync::Arc,
};

use poem_openapi::{Object, types::Example};
use serde::Deserialize;
use url::Url;

/// The applications of a region that readers can try.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(example)]
pub struct RegionApplications {
    /// The region.
    region: String,
    /// The voting game: `POST /votes` below it casts a vote. Null when it cannot be tried.
    voting_game: Option<String>,
    /// Answers with a quote. Null when it cannot be tried.
    quote_generator: Option<String>,
    /// Answers with a shade. Null when it cannot be tried.
    shade_generator: Option<String>,
    /// A picture out of a bucket. Null when there is none.
    beacon: Option<String>,
}

/// The applications that can be tried, by region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applications(Arc<BTreeMap<String, Addresses>>);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Addresses {
    voting_game: Option<Url>,
    quote_generator: Option<Url>,
    shade_generator: Option<Url>,
    beacon: Option<Url>,
}

impl FromStr for Applications {
    type Err = ();

    /// Reads JSON: `{"us-east-1": {"voting_game": "https://…", "beacon": "https://…"}}`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let regions: BTreeMap<String, Addresses> = serde_json::from_str(text).map_err(|_| ())?;
        let all =
            regions.values().flat_map(|addresses| addresses.called().chain(&addresses.beacon));
        let called_by_browsers = |url: &Url| ["http", "https"].contains(&url.scheme());
        if all.into_iter().all(called_by_browsers) { Ok(Self(Arc::new(regions))) } else { Err(()) }
    }
}

impl Addresses {
    fn called(&self) -> impl Iterator<Item = &Url> {
        [&self.voting_game, &self.quote_generator, &self.shade_generator].into_iter().flatten()
    }
}

impl Applications {
    /// All of them, by region.
    pub fn all(&self) -> Vec<RegionApplications> {
        let text = |url: &Option<Url>| url.as_ref().map(Url::to_string);
        let regions = self.0.iter().map(|(region, addresses)| RegionApplications {
            region: region.clone(),
            voting_game: text(&addresses.voting_game),
            quote_generator: text(&addresses.quote_generator),
            shade_generator: text(&addresses.shade_generator),
            beacon: text(&addresses.beacon),
        });
        regions.collect()
    }

    /// The origins that a page calls to try them.
    pub fn called(&self) -> Vec<String> {
        origins(self.0.values().flat_map(Addresses::called))
    }

    /// The origins whose pictures a page shows.
    pub fn shown(&self) -> Vec<String> {
        origins(self.0.values().filter_map(|addresses| addresses.beacon.as_ref()))
    }
}

fn origins<'a>(urls: impl Iterator<Item = &'a Url>) -> Vec<String> {
    let distinct: BTreeSet<_> = urls.map(|url| url.origin().ascii_serialization()).collect();
    distinct.into_iter().collect()
}

impl Example for RegionApplications {
    fn example() -> Self {
        Self {
            region: "us-east-1".into(),
            voting_game: Some("https://voting.example.com/".into()),
            quote_generator: Some("https://quotes.example.com/quote".into()),
            shade_generator: None,
            beacon: Some("https://bucket.example.com/beacon.png".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_named_once() {
        let text = r#"{"us-east-1": {"voting_game": "https://a.example/", "quote_generator": "https://a.example/quote"},
            "eu-west-1": {"shade_generator": "http://127.0.0.1:4566/shades", "beacon": "https://b.example/x.png"}}"#;
        let applications: Applications = text.parse().expect("applications");
        assert_eq!(applications.called(), ["http://127.0.0.1:4566", "https://a.example"]);
        assert_eq!(applications.shown(), ["https://b.example"]);
    }

    #[test]
    fn what_a_browser_cannot_call_is_refused() {
        for text in [
            "{",
            r#"{"r": {"game": "https://a.example"}}"#,
            r#"{"r": {"beacon": "here"}}"#,
            r#"{"r": {"beacon": "javascript:alert(1)"}}"#,
        ] {
            assert_eq!(text.parse::<Applications>(), Err(()), "{text}");
        }
    }
}
