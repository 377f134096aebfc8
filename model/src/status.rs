//! The words that say how a service stands and how a step ended.

use poem_openapi::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How a service or an application stands in one slot.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Enum,
    EnumIter,
    DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Status {
    /// It works.
    #[sea_orm(num_value = 0)]
    Up,
    /// It works for some, or slowly.
    #[sea_orm(num_value = 1)]
    Degraded,
    /// It does not work, and the provider is to blame.
    #[sea_orm(num_value = 2)]
    Down,
    /// Nobody can say: no data, or the fault may be ours.
    #[sea_orm(num_value = 3)]
    Unknown,
}

impl Status {
    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is worse than another: `down` is worse than `degraded`, that than `unknown`,
    /// and that than `up`.
    pub fn is_worse_than(self, other: Self) -> bool {
        self.badness() > other.badness()
    }

    /// The larger the worse.
    pub fn badness(self) -> u8 {
        match self {
            Self::Up => 0,
            Self::Unknown => 1,
            Self::Degraded => 2,
            Self::Down => 3,
        }
    }
}

/// How one attempt of one step ended.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Enum,
    EnumIter,
    DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Outcome {
    /// The step did what it should.
    #[sea_orm(num_value = 0)]
    Succeeded,
    /// The step failed; the failure says why.
    #[sea_orm(num_value = 1)]
    Failed,
    /// The step had no input, because an earlier one failed.
    #[sea_orm(num_value = 2)]
    Skipped,
}
