//! A client of `GET /v1/events`.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use crate::program::Program;

/// 10 s: far more than any event needs, on any machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// A stream of events, as a client reads it.
pub(crate) struct Ear {
    answer: reqwest::Response,
    text: String,
}

/// One event, or one comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) id: Option<i64>,
    pub(crate) event: String,
    pub(crate) data: String,
    pub(crate) comment: bool,
}

impl Said {
    fn parse(block: &str) -> Self {
        let mut said = Self::default();
        for line in block.lines() {
            match line.split_once(':').expect("a field") {
                ("", _) => said.comment = true,
                ("id", id) => said.id = Some(id.trim().parse().expect("a number")),
                ("event", event) => said.event = event.trim().into(),
                ("data", data) => said.data = data.trim().into(),
                (field, _) => assert_eq!(field, "retry"),
            }
        }
        said
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.data).expect("JSON")
    }
}

impl Ear {
    /// Opens a stream, and reads where it begins.
    pub(crate) async fn open(program: &Program, path: &str) -> Self {
        Self::open_with(program, path, &[]).await
    }

    /// The same, with headers.
    pub(crate) async fn open_with(program: &Program, path: &str, headers: &[(&str, &str)]) -> Self {
        let answer = program.get_with(path, headers).await;
        assert_eq!(answer.status(), 200, "{path}");
        let mut ear = Self { answer, text: String::new() };
        let opening = ear.next().await.expect("an opening");
        assert_eq!((opening.event.as_str(), opening.data.as_str()), ("", ""));
        ear
    }

    /// Comes back with the last id that was seen.
    pub(crate) async fn resume(program: &Program, path: &str, id: i64) -> Self {
        Self::open_with(program, path, &[("last-event-id", &id.to_string())]).await
    }

    /// What comes next; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Said> {
        timeout(PATIENCE, self.read()).await.expect("an event")
    }

    /// The next round.
    pub(crate) async fn round(&mut self) -> Said {
        let said = self.next().await.expect("a round");
        assert_eq!(said.event, "round", "{said:?}");
        said
    }

    /// The ids of the next `count` rounds.
    pub(crate) async fn ids(&mut self, count: usize) -> Vec<i64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            ids.extend(self.round().await.id);
        }
        ids
    }

    /// Waits for what comes, however long it takes.
    pub(crate) async fn read(&mut self) -> Option<Said> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let said = Said::parse(block);
                self.text = rest.to_owned();
                return Some(said);
            }
            let chunk = self.answer.chunk().await.ok().flatten()?;
            self.text += std::str::from_utf8(&chunk).expect("text");
        }
    }
}
