//! Steps: the timed exchanges of each probe, and the services that each of them needs.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};

use crate::{Error, observation::Observation};

pub mod need;

/// A step, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "step")]
pub struct Model {
    /// Small key, used in every observation.
    #[sea_orm(primary_key)]
    pub id: i16,
    /// The probe it belongs to: `voting_game`.
    #[sea_orm(unique_key = "name")]
    pub probe: String,
    /// Its name within the probe: `get_topic`.
    #[sea_orm(unique_key = "name")]
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// The keys of all steps, by probe and name.
pub(crate) type Keys = HashMap<(String, String), i16>;

/// The keys of the steps of these observations. New ones are created, and what each of them
/// needs is kept as it is now: a probe's author may have changed it.
pub(crate) async fn ensure(
    connection: &impl ConnectionTrait,
    observations: &[Observation],
) -> Result<Keys, Error> {
    let mut seen: Vec<&Observation> = observations.iter().collect();
    // In one order everywhere: two runners that insert crosswise would wait for each other.
    seen.sort_by_key(|seen| (&seen.probe, &seen.step));
    seen.dedup_by_key(|seen| (&seen.probe, &seen.step));

    let mut keys = keys(connection).await?;
    let is_new = |seen: &&Observation| !keys.contains_key(&name_of(seen));
    let new: Vec<&Observation> = seen.iter().copied().filter(is_new).collect();
    if !new.is_empty() {
        insert(connection, &new).await?;
        keys = self::keys(connection).await?;
    }
    need::update(connection, &seen, &keys).await?;
    Ok(keys)
}

fn name_of(seen: &Observation) -> (String, String) {
    (seen.probe.to_string(), seen.step.to_string())
}

async fn keys(connection: &impl ConnectionTrait) -> Result<Keys, Error> {
    let steps = Entity::find().all(connection).await?;
    Ok(steps.into_iter().map(|step| ((step.probe, step.name), step.id)).collect())
}

async fn insert(connection: &impl ConnectionTrait, new: &[&Observation]) -> Result<(), Error> {
    let rows = new.iter().map(|seen| ActiveModel {
        probe: Set(seen.probe.to_string()),
        name: Set(seen.step.to_string()),
        ..Default::default()
    });
    let unless_there = OnConflict::columns([Column::Probe, Column::Name]).do_nothing().to_owned();
    Entity::insert_many(rows).on_conflict(unless_there).exec_without_returning(connection).await?;
    Ok(())
}
