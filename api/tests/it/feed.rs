//! `GET /feed.atom`: changes of status, for feed readers.

use chrono::TimeDelta;
use model::Status::{Down, Up};
use quick_xml::{Reader, events::Event};

use crate::{
    builders::{application, elsewhere, judged, pass, round},
    databases::on_each_database,
    program::{Program, Settings},
};

/// Every element with its text and attributes, in order: `entry/title=SQS is up`.
fn elements(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().trim_text(true);
    reader.config_mut().expand_empty_elements = true;
    let (mut path, mut found) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) => {
                let name = String::from_utf8(start.name().as_ref().to_vec()).expect("text");
                path.push(name);
                for attribute in start.attributes() {
                    let attribute = attribute.expect("an attribute");
                    let value = attribute.unescape_value().expect("text");
                    let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
                    found.push(format!("{}@{key}={value}", path[1..].join("/")));
                }
            }
            Event::Text(text) => {
                found.push(format!("{}={}", path[1..].join("/"), text.unescape().expect("text")));
            }
            Event::End(_) => drop(path.pop()),
            Event::Eof => return found,
            _ => {}
        }
    }
}

async fn feed(program: &Program, path: &str) -> Vec<String> {
    let answer = program.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.headers()["content-type"], "application/atom+xml; charset=utf-8");
    assert_eq!(answer.headers()["cache-control"], "public, max-age=5, s-maxage=5");
    elements(&answer.text().await.expect("text"))
}

/// The titles of the entries.
async fn titles(program: &Program, path: &str) -> Vec<String> {
    let elements = feed(program, path).await;
    elements.iter().filter_map(|line| line.strip_prefix("entry/title=").map(Into::into)).collect()
}

#[tokio::test]
async fn changes_are_entries_newest_first() {
    on_each_database(async |program| {
        program.record(round(0, [judged("API Gateway", Up)])).await;
        program.record(round(1, [judged("API Gateway", Up)])).await;
        program.record(round(2, [judged("API Gateway", Down)])).await;
        insta::assert_json_snapshot!("feed", feed(program, "/feed.atom").await);
        let public_url = "https://example.com/status".parse().expect("a URL");
        let settings = Settings { public_url, ..Settings::default() };
        let program = Program::with(&program.database_url, settings).await;
        insta::assert_json_snapshot!(
            "feed_public",
            feed(&program, "/feed.atom?region=us-east-1").await
        );
    })
    .await;
}

#[tokio::test]
async fn a_feed_is_of_a_region_or_a_service() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up), judged("S3", Up)])).await;
        program.record(elsewhere("eu-west-1", round(0, [judged("SQS", Down)]))).await;
        assert_eq!(
            titles(program, "/feed.atom?region=eu-west-1").await,
            ["SQS is down in eu-west-1"]
        );
        let both = ["SQS is down in eu-west-1", "SQS is up in us-east-1"];
        assert_eq!(titles(program, "/feed.atom?service=SQS").await, both);
        assert!(titles(program, "/feed.atom?service=S3&region=eu-west-1").await.is_empty());
        let problem = program.problem("/feed.atom?region=eu-wets-1").await;
        assert_eq!(problem["near"], serde_json::json!(["eu-west-1"]));
    })
    .await;
}

#[tokio::test]
async fn names_are_text_and_nothing_else() {
    on_each_database(async |program| {
        let name = "<b>&amp; \"Quotes\" 'n' \u{1}]]>";
        program.record(round(0, [application(name, Up)])).await;
        let expected = "<b>&amp; \"Quotes\" 'n'  ]]> is up in us-east-1";
        assert_eq!(titles(program, "/feed.atom").await, [expected]);
    })
    .await;
}

#[tokio::test]
async fn the_time_of_the_feed_never_goes_back() {
    on_each_database(async |program| {
        program.record(round(5, [judged("SQS", Up)])).await;
        for n in 0..101 {
            let status = if n % 2 == 0 { Up } else { Down };
            program.record(elsewhere("eu-west-1", round(n - 200, [judged("S3", status)]))).await;
            pass(TimeDelta::seconds(5));
            if n == 0 || n == 100 {
                let feed = feed(program, "/feed.atom").await;
                assert!(feed.contains(&"updated=2026-11-19T18:05:00Z".to_owned()), "{feed:?}");
            }
        }
        let elsewhere = feed(program, "/feed.atom?region=eu-west-1").await;
        assert!(elsewhere.contains(&"updated=2026-11-19T16:20:00Z".to_owned()), "{elsewhere:?}");
    })
    .await;
}

#[tokio::test]
async fn a_feed_of_nothing_is_a_feed() {
    on_each_database(async |program| {
        let empty = feed(program, "/feed.atom").await;
        assert!(empty.contains(&"updated=1970-01-01T00:00:00Z".to_owned()), "{empty:?}");
    })
    .await;
}

#[tokio::test]
async fn a_feed_has_the_newest_hundred_and_an_unchanged_one_is_not_sent_again() {
    on_each_database(async |program| {
        for n in 0..101 {
            let status = if n % 2 == 0 { Up } else { Down };
            program.record(round(n, [judged("SQS", status)])).await;
        }
        assert_eq!(titles(program, "/feed.atom").await.len(), 100);
        let tag = program.get("/feed.atom").await.headers()["etag"].clone();
        let known = [("if-none-match", tag.to_str().expect("text"))];
        assert_eq!(program.get_with("/feed.atom", &known).await.status(), 304);
    })
    .await;
}
