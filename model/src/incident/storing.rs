//! Reading incidents for the next slot, and writing what became of them.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::NotSet, Condition, IntoActiveModel, QueryOrder, entity::prelude::*,
    sea_query::OnConflict,
};

use super::{
    ActiveModel, COLUMN, Entity, link,
    tracking::{Tracked, Tracker},
    update,
};
use crate::Error;

/// The incidents that fit, oldest first, with their services.
pub(super) async fn read(
    connection: &impl ConnectionTrait,
    wanted: Condition,
) -> Result<Vec<Tracked>, Error> {
    let rows = Entity::find().filter(wanted).order_by_asc(COLUMN.started_at);
    let rows = rows.order_by_asc(COLUMN.id).all(connection).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut services: HashMap<i32, Vec<link::Model>> = HashMap::new();
    for link in links(connection, rows.iter().map(|row| row.id)).await? {
        services.entry(link.incident_id).or_default().push(link);
    }
    let tracked = rows.into_iter().map(|row| {
        let links = services.remove(&row.id).unwrap_or_default();
        let blamed = links.iter().filter(|link| link.is_blamed).map(|link| link.service_id);
        Tracked {
            blamed: blamed.collect(),
            services: links.iter().map(|link| link.service_id).collect(),
            row,
            news: Vec::new(),
        }
    });
    Ok(tracked.collect())
}

/// The services of these incidents. Relies on the primary key.
pub(super) async fn links(
    connection: &impl ConnectionTrait,
    incidents: impl IntoIterator<Item = i32>,
) -> Result<Vec<link::Model>, Error> {
    let of = link::COLUMN.incident_id.is_in(incidents);
    Ok(link::Entity::find().filter(of).all(connection).await?)
}

/// Writes an incident. Answers what happened to it, which is to be written with the round's number.
pub(super) async fn write(
    connection: &impl ConnectionTrait,
    tracked: Tracked,
) -> Result<Vec<update::Model>, Error> {
    let row = tracked.row.into_active_model();
    let id = match row.id.as_ref() {
        0 => {
            let new = ActiveModel { id: NotSet, ..row };
            Entity::insert(new).exec(connection).await?.last_insert_id
        }
        id => {
            let id = *id;
            Entity::update(row.reset_all()).exec(connection).await?;
            id
        }
    };
    let links = tracked.services.iter().map(|service_id| {
        let is_blamed = tracked.blamed.contains(service_id);
        link::Model { incident_id: id, service_id: *service_id, is_blamed }.into_active_model()
    });
    let over = OnConflict::columns([link::Column::IncidentId, link::Column::ServiceId])
        .update_column(link::Column::IsBlamed)
        .to_owned();
    link::Entity::insert_many(links).on_conflict(over).exec_without_returning(connection).await?;
    Ok(tracked.news.iter().map(|news| update::Model::new(id, news)).collect())
}

/// Writes incidents of long ago with all that happened to them, the oldest first.
pub(crate) async fn store(
    connection: &impl ConnectionTrait,
    trackers: impl IntoIterator<Item = Tracker>,
) -> Result<(), Error> {
    let mut all: Vec<Tracked> = trackers
        .into_iter()
        .flat_map(|tracker| tracker.ended.into_iter().chain(tracker.open))
        .collect();
    all.sort_by_key(|tracked| tracked.row.started_at);
    for tracked in all {
        let updates = write(connection, tracked).await?;
        update::insert(connection, None, updates).await?;
    }
    Ok(())
}

/// Takes an incident away that there was not, with all that was said of it.
pub(super) async fn delete(connection: &impl ConnectionTrait, id: i32) -> Result<(), Error> {
    forget(connection, id).await?;
    Entity::delete_by_id(id).exec(connection).await?;
    Ok(())
}

/// Takes away what is said of an incident beside its row.
pub(super) async fn forget(connection: &impl ConnectionTrait, id: i32) -> Result<(), Error> {
    let updates = update::Entity::delete_many().filter(update::COLUMN.incident_id.eq(id));
    updates.exec(connection).await?;
    let links = link::Entity::delete_many().filter(link::COLUMN.incident_id.eq(id));
    links.exec(connection).await?;
    Ok(())
}
