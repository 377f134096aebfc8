//! Whether a program is alive, and the shape in which it says whether it is ready.

use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use crate::problem::Tag;

/// `GET /livez`.
#[derive(Clone, Copy, Debug)]
pub struct Liveness;

/// The answer of `/livez`.
#[derive(Debug, Object)]
#[oai(example)]
struct Alive {
    /// Always `alive`.
    status: String,
}

impl poem_openapi::types::Example for Alive {
    fn example() -> Self {
        Self { status: "alive".into() }
    }
}

#[OpenApi(tag = "Tag::Operations")]
impl Liveness {
    /// Is the process alive?
    ///
    /// Answers 200 as long as the process can answer at all, whatever the database does: restarting
    /// it would not bring a database back.
    #[oai(path = "/livez", method = "get", operation_id = "read_liveness")]
    async fn read(&self) -> Json<Alive> {
        Json(poem_openapi::types::Example::example())
    }
}

/// One thing that a program needs to do its work.
#[derive(Clone, Debug, Object)]
pub struct Check {
    /// What was looked at: `database`, `migrations`, …
    pub name: String,
    /// Whether it is as it should be.
    pub ready: bool,
    /// What is wrong, or what was seen; null when there is nothing to say.
    pub detail: Option<String>,
}

impl Check {
    /// A check that passed.
    pub fn passed(name: &str) -> Self {
        Self { name: name.into(), ready: true, detail: None }
    }

    /// A check that failed, and why.
    pub fn failed(name: &str, detail: impl Into<String>) -> Self {
        Self { name: name.into(), ready: false, detail: Some(detail.into()) }
    }

    /// Adds what was seen.
    #[must_use]
    pub fn saying(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }
}

/// Whether a program is ready to do its work.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct Readiness {
    /// Whether every check passed.
    pub ready: bool,
    /// Every check, passed or not.
    pub checks: Vec<Check>,
}

impl poem_openapi::types::Example for Readiness {
    fn example() -> Self {
        let migrations = Check::failed("migrations", "1 pending: run `migration up`");
        Self { ready: false, checks: vec![Check::passed("database"), migrations] }
    }
}

/// The answer of `/readyz`: 200 when every check passed, else 503.
#[derive(Debug, ApiResponse)]
pub enum Ready {
    /// The program can do its work.
    #[oai(status = 200)]
    Yes(Json<Readiness>),
    /// The program cannot do its work; `checks` says which part is missing.
    #[oai(status = 503)]
    No(Json<Readiness>),
}

impl Ready {
    /// Sums the checks up.
    pub fn of(checks: Vec<Check>) -> Self {
        let ready = checks.iter().all(|check| check.ready);
        let readiness = Json(Readiness { ready, checks });
        if ready { Self::Yes(readiness) } else { Self::No(readiness) }
    }
}
