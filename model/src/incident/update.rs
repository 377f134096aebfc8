//! What happened to incidents, and which rounds brought it.

use std::collections::BTreeSet;

use sea_orm::{IntoActiveModel, entity::prelude::*};

use super::{Kind, tracking::News};
use crate::{Error, Failure, Status};

/// What happened to an incident, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident_update")]
#[allow(missing_docs, reason = "the columns are the fields of `Update`")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: DateTimeUtc,
    /// The number of the round that brought it; absent where stored rounds were judged again.
    pub sequence: Option<i64>,
    pub kind: Kind,
    pub status: Status,
    pub cause: Option<Failure>,
    pub reason: String,
    /// The keys of the services, as JSON.
    pub services: String,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(super) fn new(incident_id: i32, news: &News) -> Self {
        let services: Vec<String> = news.services.iter().map(i16::to_string).collect();
        Self {
            incident_id,
            slot: news.slot,
            sequence: None,
            kind: news.kind,
            status: news.status,
            cause: news.cause,
            reason: news.reason.clone(),
            services: format!("[{}]", services.join(",")),
        }
    }

    /// The keys of the services.
    pub(super) fn services(&self) -> BTreeSet<i16> {
        // Nobody else writes the column.
        serde_json::from_str(&self.services).unwrap_or_default()
    }
}

/// Writes what the round with this number brought; none for rounds that are judged again.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    sequence: Option<i64>,
    updates: Vec<Model>,
) -> Result<(), Error> {
    if updates.is_empty() {
        return Ok(());
    }
    let rows = updates.into_iter().map(|row| Model { sequence, ..row }.into_active_model());
    Entity::insert_many(rows).exec_without_returning(connection).await?;
    Ok(())
}
