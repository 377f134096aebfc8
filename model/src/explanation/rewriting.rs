//! Saying anew why a service stood as it did, over a stretch of slots: for rounds that come late,
//! and for a better rule.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter};

use super::{COLUMN, Entity, Explanation, Model, Pair, as_of, insert};
use crate::{Error, Window, round::Judged, slot};

/// What is to be said of a service in a stretch of slots.
#[derive(Debug)]
pub(crate) struct Stretch {
    /// Which service in which region.
    pub(crate) pair: Pair,
    /// All slots of which something is said, and maybe others.
    pub(crate) window: Window,
    /// What, oldest first.
    pub(crate) said: Vec<(DateTime<Utc>, Explanation)>,
    /// Whether something was measured after the window, of which stays true what is said.
    pub(crate) is_followed: bool,
}

impl Stretch {
    /// The slot of a measurement that came after newer ones.
    pub(crate) fn of_late(judged: &Judged) -> Self {
        let slot = judged.row.slot;
        Self {
            pair: judged.pair(),
            window: Window { from: slot, to: slot + slot::LENGTH },
            said: vec![(slot, judged.explanation.clone())],
            is_followed: true,
        }
    }
}

/// Says of a stretch of slots what is true of it, and leaves what is said of those around it.
pub(crate) async fn rewrite(
    connection: &impl ConnectionTrait,
    stretch: Stretch,
) -> Result<(), Error> {
    let Stretch { pair, window, said, is_followed } = stretch;
    let (region_id, service_id) = pair;
    let mut current = as_of(connection, pair, window.from - slot::LENGTH).await?;
    let after = as_of(connection, pair, window.to).await?.filter(|_| is_followed);
    Entity::delete_many()
        .filter(COLUMN.region_id.eq(region_id))
        .filter(COLUMN.service_id.eq(service_id))
        .filter(COLUMN.slot.between(window.from, window.to))
        .exec(connection)
        .await?;
    let after = after.map(|explanation| (window.to, explanation));
    let mut rows = Vec::new();
    for (slot, explanation) in said.into_iter().chain(after) {
        if current.as_ref() != Some(&explanation) {
            rows.push(Model::new(pair, slot, explanation.clone()));
            current = Some(explanation);
        }
    }
    insert(connection, rows).await
}
