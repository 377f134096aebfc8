//! Which paths are pages of the dashboard. All of them are the same HTML, but for where its root is.

use std::sync::OnceLock;

use bytes::Bytes;
use poem::{Response, http::HeaderMap};

use super::file::{self, Body, File};

/// What the page says of its root where it is served from a host of its own.
const BASE: &str = "<base href=\"/\"";

const UNBUILT: &str = "<!doctype html><html lang=\"en\"><title>Cloud Monitor</title>\
    <p>The dashboard was not built into this program: <code>npm ci && npm run build</code> in \
    <code>web/</code>, then build the program again. <a href=\"docs\">The API</a> works without it.";

/// A page of the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// Right below the root.
    Top,
    /// One folder below it.
    Inner,
    /// The same, made to be shown in a frame of other pages.
    Embedded,
}

impl Page {
    /// The page at a path, which is without the slash that it begins with.
    pub(super) fn at(path: &str) -> Option<Self> {
        match path.split_once('/') {
            None if matches!(path, "" | "index.html" | "method") => Some(Self::Top),
            Some((_, name)) if name.is_empty() || name.contains('/') => None,
            Some(("regions" | "services" | "incidents", _)) => Some(Self::Inner),
            Some(("embed", _)) => Some(Self::Embedded),
            _ => None,
        }
    }

    /// The page, unless the client has it.
    pub(super) fn respond(self, headers: &HeaderMap) -> Response {
        static TEXTS: [OnceLock<Bytes>; 2] = [const { OnceLock::new() }; 2];
        let index = usize::from(self != Self::Top);
        let text = TEXTS[index].get_or_init(|| html(["./", "../"][index]).into());
        file::respond(Body::html(text.clone()), headers)
    }
}

/// The address of the page that is meant by one with a slash at its end, seen from there.
pub(super) fn without_slash(path: &str) -> Option<String> {
    let path = path.strip_suffix('/').filter(|path| !path.is_empty())?;
    Page::at(path)?;
    let name = path.rsplit('/').next()?;
    Some(format!("../{name}"))
}

/// The page whose root is at `base`. It is relative, because a proxy may have taken a prefix of the
/// path away.
fn html(base: &str) -> String {
    let Some(file) = File::named("index.html") else {
        return UNBUILT.replace("href=\"docs\"", &format!("href=\"{base}docs\""));
    };
    let text = String::from_utf8_lossy(file.whole);
    text.replacen(BASE, &format!("<base href=\"{base}\""), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_how_far_below_the_root_it_is() {
        assert_eq!(Page::at(""), Some(Page::Top));
        assert_eq!(Page::at("index.html"), Some(Page::Top));
        assert_eq!(Page::at("method"), Some(Page::Top));
        assert_eq!(Page::at("regions/us-east-1"), Some(Page::Inner));
        assert_eq!(Page::at("embed/us-east-1"), Some(Page::Embedded));
    }

    #[test]
    fn a_slash_at_the_end_leads_to_the_page_without_it() {
        assert_eq!(without_slash("method/").as_deref(), Some("../method"));
        assert_eq!(without_slash("regions/us-east-1/").as_deref(), Some("../us-east-1"));
        for path in ["", "/", "//", "method", "regions/", "regions/a/b/", "v1/status/"] {
            assert_eq!(without_slash(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_no_page_is_left_to_the_api() {
        for path in
            ["v1/status", "docs", "regions", "regions/", "regions/a/b", "method/", "//", "x"]
        {
            assert_eq!(Page::at(path), None, "{path}");
        }
    }
}
