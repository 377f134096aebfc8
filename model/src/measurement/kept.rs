//! Whether measurements are still there: retention takes them, and leaves their rollups.

use chrono::{DateTime, Utc};
use sea_orm::{QueryOrder, QuerySelect, entity::prelude::*};

use super::{COLUMN, Column, Entity};
use crate::{Database, Error, Window, current_status};

/// Is every measurement of the window still there that ever was? Reads the small table of how
/// things stand, and the first measurement of all along the primary key.
///
/// # Errors
/// [`Error::Database`].
pub async fn are_kept(database: &Database, window: Window) -> Result<bool, Error> {
    let since: Option<Option<DateTime<Utc>>> = current_status::Entity::find()
        .select_only()
        .column_as(current_status::COLUMN.measured_since.min(), "since")
        .into_tuple()
        .one(database)
        .await?;
    let Some(since) = since.flatten() else { return Ok(true) };
    let first: Option<DateTime<Utc>> = Entity::find()
        .select_only()
        .column(Column::Slot)
        .order_by_asc(COLUMN.slot)
        .limit(1)
        .into_tuple()
        .one(database)
        .await?;
    let measured = Window { from: window.from.max(since), ..window };
    Ok(measured.is_empty() || first.is_some_and(|first| first <= measured.from))
}
