//! How each service stands now, and since when: one row per region and service, kept by
//! [`crate::round::record`], so that the most asked question reads tens of rows.

use std::{borrow::Cow, collections::BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::{
    FromQueryResult, IntoActiveModel, JoinType, QueryOrder, QuerySelect, RelationTrait,
    entity::prelude::*,
    sea_query::{CaseStatement, ExprTrait, OnConflict},
};

use crate::{
    Database, Error, Explanation, Failure, Fault, Planes, Status,
    explanation::{self, Stretch},
    measurement, region,
    round::Judged,
    service,
};

mod as_of;
pub(crate) mod bulk;
mod settling;

pub use as_of::as_of;
pub use settling::settle;

/// The newest measurement of a service in a region, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "current_status")]
#[expect(missing_docs, reason = "the columns are the fields of `Current`")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_id: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_id: i16,
    pub slot: DateTimeUtc,
    pub since: DateTimeUtc,
    /// The first slot that was ever measured.
    pub measured_since: DateTimeUtc,
    pub status: Status,
    /// What the newest change, as it was recorded, changed from; absent before the first one.
    pub previous_status: Option<Status>,
    pub latency_us: Option<i32>,
    pub cause: Option<Failure>,
    pub control_plane: Option<Status>,
    pub data_plane: Option<Status>,
    pub end_to_end: Option<Status>,
    pub fault: Option<Fault>,
    pub rule: Option<i16>,
    pub reason: Option<String>,
    pub suspect: Option<String>,
    #[sea_orm(belongs_to, from = "region_id", to = "id")]
    pub region: BelongsTo<region::Entity>,
    #[sea_orm(belongs_to, from = "service_id", to = "id")]
    pub service: BelongsTo<service::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// How a service stands in a region.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Current {
    /// The region, or `global`.
    pub region: String,
    /// The service or application.
    pub service: String,
    /// Which of the two it is.
    pub kind: service::Kind,
    /// The status in the newest slot.
    pub status: Status,
    /// The first slot of the unbroken row of slots with this status.
    pub since: DateTime<Utc>,
    /// The newest slot that was measured.
    pub slot: DateTime<Utc>,
    /// How long its exchanges took, in microseconds; absent unless they succeeded.
    pub latency_us: Option<i32>,
    /// The failure that decided, when the status is not `up`.
    pub cause: Option<Failure>,
    /// How its control plane stands; absent unless that was tried.
    pub control_plane: Option<Status>,
    /// How its data plane stands; absent unless that was tried.
    pub data_plane: Option<Status>,
    /// What our applications get of it; absent unless one was tried.
    pub end_to_end: Option<Status>,
    /// Why, in words; absent for what was not judged by a rule of ours.
    pub reason: Option<String>,
    /// The version of the rule that says so.
    pub rule: Option<i16>,
}

/// How does every service stand? By region, services before applications, then by name.
/// Reads the whole table, which is as long as there are pairs of region and service.
///
/// # Errors
/// [`Error::Database`].
pub async fn all(database: &Database) -> Result<Vec<Current>, Error> {
    Ok(Entity::find()
        .join(JoinType::InnerJoin, Relation::Region.def())
        .join(JoinType::InnerJoin, Relation::Service.def())
        .column_as(region::Column::Name, "region")
        .column_as(service::Column::Name, "service")
        .column_as(service::Column::Kind, "kind")
        .order_by_asc(region::COLUMN.name)
        .order_by_asc(service::COLUMN.kind)
        .order_by_asc(service::COLUMN.name)
        .into_model::<Current>()
        .all(database)
        .await?)
}

/// What became of the table by the measurements of one slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Updated {
    /// The rows whose status is another one now, or the first one.
    pub(crate) changed: Vec<Model>,
    /// The regions in which some of the measurements are older than the newest.
    pub(crate) late: BTreeSet<i16>,
}

/// Brings the table up to date with the measurements of one slot, which were just written, and
/// writes why, where that is not what it was.
///
/// One statement compares and writes, so that no other runner's row can come between.
pub(crate) async fn update(
    connection: &impl ConnectionTrait,
    measured: &[Judged],
) -> Result<Updated, Error> {
    let before = lock(connection, measured.iter().map(|judged| &judged.row)).await?;
    let rows = measured.iter().map(|judged| Model::explained(judged).into_active_model());
    let newest =
        Entity::insert_many(rows).on_conflict(newer_wins()).exec_with_returning(connection).await?;
    let mut updated = Updated::default();
    let mut news = Vec::new();
    for judged in measured {
        let pair = judged.pair();
        let Some(now) = newest.iter().find(|row| (row.region_id, row.service_id) == pair) else {
            settle_late(connection, &judged.row).await?;
            explanation::rewrite(connection, Stretch::of_late(judged)).await?;
            updated.late.insert(judged.row.region_id);
            continue;
        };
        let said = before.iter().find(|row| (row.region_id, row.service_id) == pair);
        if said.and_then(Model::explanation).as_ref() != Some(&judged.explanation) {
            news.push(explanation::Model::new(pair, now.slot, judged.explanation.clone()));
        }
    }
    explanation::insert(connection, news).await?;
    updated.changed = newest.into_iter().filter(|row| row.since == row.slot).collect();
    Ok(updated)
}

impl Model {
    fn of(row: &measurement::Model) -> Self {
        let measurement::Model { region_id, service_id, slot, status, latency_us, cause } = *row;
        Self {
            region_id,
            service_id,
            slot,
            since: slot,
            measured_since: slot,
            status,
            previous_status: None,
            latency_us,
            cause,
            control_plane: None,
            data_plane: None,
            end_to_end: None,
            fault: None,
            rule: None,
            reason: None,
            suspect: None,
        }
    }

    fn explained(judged: &Judged) -> Self {
        Self::of(&judged.row).because(Some(judged.explanation.clone()))
    }

    /// The same, for this reason.
    fn because(self, explanation: Option<Explanation>) -> Self {
        let Some(Explanation { reason, rule, fault, suspect, planes }) = explanation else {
            return self;
        };
        Self {
            control_plane: planes.control,
            data_plane: planes.data,
            end_to_end: planes.end_to_end,
            fault,
            rule: Some(rule),
            reason: Some(reason.into_owned()),
            suspect: suspect.map(Cow::into_owned),
            ..self
        }
    }

    /// Why it is so; `None` where nobody said.
    fn explanation(&self) -> Option<Explanation> {
        let planes = Planes {
            control: self.control_plane,
            data: self.data_plane,
            end_to_end: self.end_to_end,
        };
        Some(Explanation {
            reason: self.reason.clone()?.into(),
            rule: self.rule?,
            fault: self.fault,
            suspect: self.suspect.clone().map(Cow::Owned),
            planes,
        })
    }
}

/// What the newest measurement says besides its status.
const EXPLAINED: [Column; 7] = [
    Column::ControlPlane,
    Column::DataPlane,
    Column::EndToEnd,
    Column::Fault,
    Column::Rule,
    Column::Reason,
    Column::Suspect,
];

/// The newest slot wins; a status that stays the same keeps its `since`.
fn newer_wins() -> OnConflict {
    let old = |column: Column| Expr::col((Entity, column));
    let new = |column: Column| Expr::col(("excluded", column));
    let is_same = || old(Column::Status).eq(new(Column::Status));
    let since = CaseStatement::new().case(is_same(), old(Column::Since)).finally(new(Column::Slot));
    let previous = CaseStatement::new()
        .case(is_same(), old(Column::PreviousStatus))
        .finally(old(Column::Status));
    OnConflict::columns([Column::RegionId, Column::ServiceId])
        .value(Column::Since, since)
        .value(Column::PreviousStatus, previous)
        .update_columns([Column::Slot, Column::Status, Column::LatencyUs, Column::Cause])
        .update_columns(EXPLAINED)
        .action_and_where(new(Column::Slot).gt(old(Column::Slot)))
        .to_owned()
}

/// Corrects `since` and `measured_since` for a measurement that came after newer ones: out of a
/// journal, for example. What was announced meanwhile stays as it was said.
async fn settle_late(
    connection: &impl ConnectionTrait,
    late: &measurement::Model,
) -> Result<(), Error> {
    let key = (late.region_id, late.service_id);
    let Some(current) = Entity::find_by_id(key).one(connection).await? else { return Ok(()) };
    let measured_since = Some(late.slot).filter(|slot| *slot < current.measured_since);
    let since = if late.status != current.status && late.slot >= current.since {
        first_after(connection, late, None).await?
    } else if late.status == current.status && late.slot < current.since {
        let between = first_after(connection, late, Some(current.status)).await?;
        between.filter(|slot| *slot < current.since).is_none().then_some(late.slot)
    } else {
        None
    };
    if since.or(measured_since).is_some() {
        Entity::update(ActiveModel {
            region_id: sea_orm::Unchanged(current.region_id),
            service_id: sea_orm::Unchanged(current.service_id),
            since: since.map_or(sea_orm::NotSet, sea_orm::Set),
            measured_since: measured_since.map_or(sea_orm::NotSet, sea_orm::Set),
            ..Default::default()
        })
        .exec(connection)
        .await?;
    }
    Ok(())
}

/// Holds the rows of these services until the transaction ends, and answers them. SQLite has one
/// writer anyway.
pub(crate) async fn lock(
    connection: &impl ConnectionTrait,
    measured: impl IntoIterator<Item = &measurement::Model>,
) -> Result<Vec<Model>, Error> {
    let (regions, services): (BTreeSet<i16>, BTreeSet<i16>) =
        measured.into_iter().map(|row| (row.region_id, row.service_id)).unzip();
    // In one order everywhere: two that lock crosswise would wait for each other.
    Ok(Entity::find()
        .filter(COLUMN.region_id.is_in(regions))
        .filter(COLUMN.service_id.is_in(services))
        .order_by_asc(COLUMN.region_id)
        .order_by_asc(COLUMN.service_id)
        .lock_exclusive()
        .all(connection)
        .await?)
}

/// Holds the rows of a region until the transaction ends: nobody records a round of it meanwhile.
pub(crate) async fn lock_region(
    connection: &impl ConnectionTrait,
    region_id: i16,
) -> Result<(), Error> {
    let rows = Entity::find().filter(COLUMN.region_id.eq(region_id));
    rows.order_by_asc(COLUMN.service_id).lock_exclusive().all(connection).await?;
    Ok(())
}

/// Reads why a service stands as it does anew, after that was said anew.
pub(crate) async fn explain_anew(
    connection: &impl ConnectionTrait,
    known: Model,
) -> Result<(), Error> {
    let pair = (known.region_id, known.service_id);
    let explanation = explanation::as_of(connection, pair, known.slot).await?;
    let row = known.because(explanation).into_active_model();
    Entity::update(row.reset_all()).exec(connection).await?;
    Ok(())
}

/// Reads the newest measurement of a service anew, and since when its status is what it is, after
/// a measurement was put right. Relies on the primary key of the measurements.
pub(crate) async fn read_anew(
    connection: &impl ConnectionTrait,
    changed: &measurement::Model,
) -> Result<(), Error> {
    use measurement::COLUMN as MEASURED;
    let of_service = || {
        measurement::Entity::find()
            .filter(MEASURED.region_id.eq(changed.region_id))
            .filter(MEASURED.service_id.eq(changed.service_id))
    };
    let newest = of_service().order_by_desc(MEASURED.slot).limit(1).one(connection).await?;
    let Some(newest) = newest else { return Ok(()) };
    let other = of_service().filter(MEASURED.status.ne(newest.status));
    let other = other.order_by_desc(MEASURED.slot).limit(1).one(connection).await?;
    let unbroken = match other {
        Some(other) => of_service().filter(MEASURED.slot.gt(other.slot)),
        None => of_service(),
    };
    let first = unbroken.order_by_asc(MEASURED.slot).limit(1).one(connection).await?;
    let since = first.map_or(newest.slot, |first| first.slot);
    let row = Model { since, ..Model::of(&newest) }.into_active_model();
    let columns = [Column::Slot, Column::Since, Column::Status, Column::LatencyUs, Column::Cause];
    let over = OnConflict::columns([Column::RegionId, Column::ServiceId])
        .update_columns(columns)
        .to_owned();
    Entity::insert(row).on_conflict(over).exec_without_returning(connection).await?;
    Ok(())
}

/// The first slot after `row`, of the same service and region, with another status than
/// `other_than`. Relies on the primary key, which it reads from the late slot on.
async fn first_after(
    connection: &impl ConnectionTrait,
    row: &measurement::Model,
    other_than: Option<Status>,
) -> Result<Option<DateTime<Utc>>, Error> {
    use measurement::COLUMN;
    Ok(measurement::Entity::find()
        .select_only()
        .column(measurement::Column::Slot)
        .filter(COLUMN.region_id.eq(row.region_id))
        .filter(COLUMN.service_id.eq(row.service_id))
        .filter(COLUMN.slot.gt(row.slot))
        .filter(sea_orm::Condition::all().add_option(other_than.map(|s| COLUMN.status.ne(s))))
        .order_by_asc(COLUMN.slot)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?)
}
