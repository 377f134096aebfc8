//! The feed as XML (RFC 4287).

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use model::{
    slot,
    status_change::{Change, Filter},
};
use poem_openapi::types::ToJSON;
use quick_xml::escape;

use crate::public_url::PublicUrl;

/// The feed of these changes, which `filter` let through, and the latest slot of all that it does.
pub(super) fn render(
    public_url: &PublicUrl,
    filter: &Filter,
    (updated, changes): (Option<DateTime<Utc>>, &[Change]),
) -> String {
    let chosen = [("region", &filter.region), ("service", &filter.service)];
    let chosen: Vec<_> =
        chosen.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    let about: Vec<_> = chosen.iter().map(|(_, value)| *value).collect();
    let title = [&["Cloud Monitor"], &about[..]].concat().join(": ");
    let entries: String = changes.iter().map(|change| entry(public_url, change)).collect();
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>{id}</id>
  <title>{title}</title>
  <updated>{updated}</updated>
  <author><name>Cloud Monitor</name></author>
  <link rel="self" type="application/atom+xml" href="{own}"/>
{entries}</feed>
"#,
        id = text(&tag(public_url, &about)),
        title = text(&title),
        updated = time(updated.unwrap_or(DateTime::UNIX_EPOCH)),
        own = text(&public_url.link("/feed.atom", &chosen)),
    )
}

fn entry(public_url: &PublicUrl, change: &Change) -> String {
    let (from, to) = (time(change.slot), time(change.slot + slot::LENGTH));
    let (region, service) = (change.region.as_str(), change.service.as_str());
    let status = word(&change.status);
    let before = change
        .previous_status
        .map_or("first measured".into(), |status| format!("{} before", word(&status)));
    let cause = change.cause.map(|cause| format!("; cause: {}", word(&cause))).unwrap_or_default();
    let evidence = [("region", region), ("service", service), ("from", &from), ("to", &to)];
    format!(
        r#"  <entry>
    <id>{id}</id>
    <title>{title}</title>
    <updated>{from}</updated>
    <link rel="alternate" type="application/json" href="{link}"/>
    <category term="{status}"/>
    <summary>{summary}</summary>
  </entry>
"#,
        id = text(&tag(public_url, &[region, service, &from])),
        title = text(&format!("{service} is {status} in {region}")),
        link = text(&public_url.link("/v1/measurements", &evidence)),
        summary = text(&format!("{service} in {region} is {status} ({before}{cause}).")),
    )
}

/// A name for ever (RFC 4151). The year is one in which the name of the host was the operator's.
fn tag(public_url: &PublicUrl, parts: &[&str]) -> String {
    let host = public_url.host().unwrap_or("cloud-monitor");
    let mut tag = format!("tag:{host},2026:feed");
    for part in parts {
        tag.push('/');
        tag.extend(url::form_urlencoded::byte_serialize(part.as_bytes()));
    }
    tag
}

/// The word of a closed set, as in the JSON.
fn word(value: &impl ToJSON) -> String {
    value.to_json().and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Text of an element or an attribute. Control characters are in no name of ours, and XML has no
/// way to write them.
fn text(text: &str) -> String {
    let plain = match text.contains(char::is_control) {
        true => Cow::Owned(text.replace(char::is_control, " ")),
        false => Cow::Borrowed(text),
    };
    escape::escape(&plain).into_owned()
}
