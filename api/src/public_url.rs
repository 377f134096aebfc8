//! Where clients find this API from outside: what the request says about that is not to be trusted.

use std::{fmt, str::FromStr};

use url::{Url, form_urlencoded};

/// The URL under which everything is served, if the operator said it; else links are relative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicUrl {
    /// Without the slash at its end.
    base: Option<Box<str>>,
    host: Option<Box<str>>,
}

impl FromStr for PublicUrl {
    type Err = ();

    /// Reads `https://status.example.com` or `https://example.com/status`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let url = Url::parse(text).map_err(|_| ())?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !plain || url.password().is_some() || !["http", "https"].contains(&url.scheme()) {
            return Err(());
        }
        let host = url.host_str().ok_or(())?;
        let base = url.as_str().trim_end_matches('/');
        Ok(Self { base: Some(base.into()), host: Some(host.into()) })
    }
}

impl PublicUrl {
    /// The host's name.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// A link to `path`, which begins with a slash, with these parameters.
    pub fn link(&self, path: &str, query: &[(&str, &str)]) -> String {
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        let query = encoded.extend_pairs(query).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{path}{mark}{query}", self.base.as_deref().unwrap_or_default())
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.base.as_deref().unwrap_or("not configured"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_begin_with_the_url() {
        for text in ["https://example.com/status", "https://example.com/status/"] {
            let url: PublicUrl = text.parse().expect("a URL");
            let link = url.link("/feed.atom", &[("service", "API Gateway")]);
            assert_eq!(link, "https://example.com/status/feed.atom?service=API+Gateway");
            assert_eq!(url.host(), Some("example.com"));
        }
    }

    #[test]
    fn without_it_they_are_relative() {
        assert_eq!(PublicUrl::default().link("/feed.atom", &[]), "/feed.atom");
    }

    #[test]
    fn what_is_no_address_of_a_website_is_refused() {
        for text in ["", "example.com", "ftp://example.com", "https://", "https://a.example/?b=c"] {
            assert_eq!(text.parse::<PublicUrl>(), Err(()), "{text}");
        }
    }
}
