//! What can go wrong in the runner, and what a trigger is told about it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use poem::http::StatusCode;
use poem_openapi::{
    ApiResponse,
    registry::{MetaResponses, Registry},
};
use serve::problem::{self, Problem};

/// Why a trigger was refused, or could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The trigger shows no token, or a wrong one.
    #[error("the trigger needs the bearer token of TM_TRIGGER_TOKEN")]
    Unauthorized,
    /// The schedule header is no time.
    #[error("{0:?} is not a time such as 2026-11-19T18:04:00Z")]
    MalformedSchedule(String),
    /// The schedule header is no text.
    #[error("it is not text")]
    UnreadableSchedule,
    /// The slot is too far ahead: somebody's clock is wrong.
    #[error("the slot {slot} is more than {} min ahead", ahead.num_minutes())]
    FutureSlot {
        /// The slot that was asked for.
        slot: DateTime<Utc>,
        /// How far ahead a slot may be.
        ahead: TimeDelta,
    },
    /// The slot is older than what is kept.
    #[error("the slot {slot} is older than the {} days that are kept", kept.num_days())]
    PastSlot {
        /// The slot that was asked for.
        slot: DateTime<Utc>,
        /// How far back a slot may be.
        kept: TimeDelta,
    },
    /// No probe has this name.
    #[error("there is no probe {0}")]
    UnknownProbe(String),
    /// The probe's target is not configured.
    #[error("the probe {probe} is disabled: set {variable}")]
    DisabledProbe {
        /// The probe.
        probe: &'static str,
        /// The variable that it misses.
        variable: &'static str,
    },
    /// The work was lost: its task panicked or was torn down.
    #[error("the run did not come to its end")]
    Aborted(#[from] tokio::task::JoinError),
    /// The database failed.
    #[error("the database is away")]
    Database(#[from] model::Error),
    /// The database neither answers nor fails.
    #[error("the database did not answer within {} s", .0.as_secs())]
    SilentDatabase(Duration),
    /// The runner is about to end.
    #[error("the runner is stopping")]
    Stopping,
    /// The journal could not be read or written.
    #[error("the journal cannot be used")]
    Journal(#[from] std::io::Error),
}

/// The header that carries the scheduler's own time.
pub(crate) const SCHEDULE_HEADER: &str = "X-CloudScheduler-ScheduleTime";

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Unauthorized => Self::unauthorized(detail),
            Error::MalformedSchedule(_)
            | Error::UnreadableSchedule
            | Error::FutureSlot { .. }
            | Error::PastSlot { .. } => Self::invalid_parameter(SCHEDULE_HEADER, detail),
            Error::UnknownProbe(name) => {
                Self::not_found("unknown_probe", detail).parameter("probe").near(near(&name))
            }
            Error::DisabledProbe { .. } => {
                Self::new(StatusCode::CONFLICT, "disabled_probe", detail).parameter("probe")
            }
            Error::Database(_) | Error::SilentDatabase(_) | Error::Journal(_) | Error::Stopping => {
                Self::unavailable(detail, error)
            }
            Error::Aborted(_) => Self::internal(error),
        }
    }
}

impl From<Error> for poem::Error {
    fn from(error: Error) -> Self {
        Problem::from(error).into()
    }
}

impl ApiResponse for Error {
    fn meta() -> MetaResponses {
        problem::responses(&[400, 401, 404, 409, 500, 503])
    }

    fn register(registry: &mut Registry) {
        problem::register(registry);
    }
}

/// The probes whose names contain what was asked for, or are contained in it; else all of them.
fn near(name: &str) -> Vec<String> {
    let names = || crate::registry::PROBES.iter().map(crate::registry::Probe::name);
    let similar: Vec<_> =
        names().filter(|known| known.contains(name) || name.contains(known)).collect();
    let shown = if similar.is_empty() { names().collect() } else { similar };
    shown.into_iter().map(str::to_owned).collect()
}
