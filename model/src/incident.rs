//! Incidents: spans in which something in a region was not up, one for each cause.
//!
//! | module | says |
//! | --- | --- |
//! | `trouble` | what is wrong in one slot, cause by cause |
//! | `tracking` | how incidents come, go on and end, slot by slot: a pure function |
//! | `following` | that, in the transaction of each round |
//! | `rebuilding` | that again, where rounds came late or are judged by a better rule |
//! | `list` | reading them back |

use poem_openapi::Enum;
use sea_orm::entity::prelude::*;

use crate::{Failure, Fault, Status};

mod following;
pub mod link;
mod list;
mod rebuilding;
mod storing;
mod tracking;
mod trouble;
pub mod update;

pub(crate) use following::follow;
pub(crate) use list::of_rounds;
pub use list::{Detailed, Filter, Incident, MOST_EVIDENCE, Update, list, read};
pub(crate) use rebuilding::{Story, rebuild};
pub(crate) use storing::store;
pub(crate) use tracking::{Moment, Tracker};

/// An incident, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
#[allow(missing_docs, reason = "the columns are the fields of `Incident`")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub region_id: i16,
    pub status: Status,
    pub cause: Option<Failure>,
    pub fault: Fault,
    pub reason: String,
    pub rule: i16,
    pub started_at: DateTimeUtc,
    pub detected_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub slots: i32,
    /// The slots in a row, up to the newest, in which all was well.
    pub well_slots: i16,
    /// The first of them.
    pub well_since: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The monitor was at fault, so that nobody can say how the services stood. An application of
    /// ours that fails is our fault too, but not unknown.
    pub(crate) fn is_of_monitor(&self) -> bool {
        self.fault == Fault::Ours && self.status == Status::Unknown
    }
}

/// What happened to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, EnumIter, DeriveActiveEnum)]
#[oai(rename_all = "snake_case", rename = "IncidentUpdateKind")]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Kind {
    /// It began.
    #[sea_orm(num_value = 0)]
    Opened,
    /// It became worse, more services were concerned, or another one was to blame.
    #[sea_orm(num_value = 1)]
    Updated,
    /// All was well again, and stayed so.
    #[sea_orm(num_value = 2)]
    Resolved,
}
