//! Why each service stands as it does, and how its parts do. A row says so from its slot on, until
//! the next row of the same service in the same region: most slots need none.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{Error, Failure, Fault, Status, measurement::Measurement, service::Kind};

mod rewriting;

pub(crate) use rewriting::{Stretch, rewrite};

/// Why a service stands as it does, and how its parts do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// Why, in words.
    pub reason: Cow<'static, str>,
    /// The version of the rule that says so; 0 where none did.
    pub rule: i16,
    /// Whose fault it is that it is not up; absent when it is up, and where another service
    /// explains it.
    pub fault: Option<Fault>,
    /// Another service that explains it, or may.
    pub suspect: Option<Cow<'static, str>>,
    /// How its parts stand.
    pub planes: Planes,
}

/// How the parts of a service stand, each by itself. One that was not tried is absent; an
/// application has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planes {
    /// Describing and setting.
    pub control: Option<Status>,
    /// Reading, writing, delivering, running.
    pub data: Option<Status>,
    /// What our applications get of it.
    pub end_to_end: Option<Status>,
}

impl Explanation {
    /// The explanation of a measurement, which may have none of its own: one from an old journal.
    pub(crate) fn of(judged: &Measurement) -> Self {
        let said = judged.explanation.clone();
        said.unwrap_or_else(|| Self::of_bare(judged.status, judged.cause, judged.kind))
    }

    /// What status and cause say by themselves.
    fn of_bare(status: Status, cause: Option<Failure>, kind: Kind) -> Self {
        let fault = match (status, kind) {
            (Status::Up, _) => None,
            (Status::Unknown, _) => Some(cause.map_or(Fault::Unclear, Failure::fault)),
            (_, Kind::Service) => Some(Fault::Provider),
            (_, Kind::Application) => Some(Fault::Ours),
        };
        let reason =
            cause.map_or(if status == Status::Up { "it works" } else { "" }, Failure::words);
        Self { reason: reason.into(), rule: 0, fault, suspect: None, planes: Planes::default() }
    }
}

/// An explanation, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "explanation")]
#[allow(missing_docs, reason = "the columns are the fields of `Explanation`")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: DateTimeUtc,
    pub control_plane: Option<Status>,
    pub data_plane: Option<Status>,
    pub end_to_end: Option<Status>,
    pub fault: Option<Fault>,
    pub rule: i16,
    pub reason: String,
    pub suspect: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A service in a region, by their keys.
pub(crate) type Pair = (i16, i16);

impl Model {
    pub(crate) fn new((region_id, service_id): Pair, slot: DateTime<Utc>, of: Explanation) -> Self {
        let Explanation { reason, rule, fault, suspect, planes } = of;
        Self {
            region_id,
            service_id,
            slot,
            control_plane: planes.control,
            data_plane: planes.data,
            end_to_end: planes.end_to_end,
            fault,
            rule,
            reason: reason.into_owned(),
            suspect: suspect.map(Cow::into_owned),
        }
    }
}

impl From<Model> for Explanation {
    fn from(row: Model) -> Self {
        Self {
            reason: row.reason.into(),
            rule: row.rule,
            fault: row.fault,
            suspect: row.suspect.map(Cow::Owned),
            planes: Planes {
                control: row.control_plane,
                data: row.data_plane,
                end_to_end: row.end_to_end,
            },
        }
    }
}

/// What was said of a service as of `slot`? Relies on the primary key.
pub(crate) async fn as_of(
    connection: &impl ConnectionTrait,
    (region_id, service_id): Pair,
    slot: DateTime<Utc>,
) -> Result<Option<Explanation>, Error> {
    let row = Entity::find()
        .filter(COLUMN.region_id.eq(region_id))
        .filter(COLUMN.service_id.eq(service_id))
        .filter(COLUMN.slot.lte(slot))
        .order_by_desc(COLUMN.slot)
        .limit(1)
        .one(connection)
        .await?;
    Ok(row.map(Explanation::from))
}

/// Writes explanations that differ from what was said in the slots before.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    rows: Vec<Model>,
) -> Result<(), Error> {
    // 1,000 rows of ten values: SQLite takes 32,766 values in a statement.
    for some in rows.chunks(1_000) {
        let rows = some.iter().cloned().map(IntoActiveModel::into_active_model);
        Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}
