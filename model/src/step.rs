//! Steps: the timed exchanges of each probe, and the services that each of them needs.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};

use crate::{Error, observation::Observation, service};

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

/// Which services a step needs.
pub mod need {
    use std::collections::HashMap;

    use sea_orm::{QueryOrder, entity::prelude::*};

    use crate::{Database, Error, service};

    /// One service that one step needs.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "step_need")]
    pub struct Model {
        /// The step.
        #[sea_orm(primary_key, auto_increment = false)]
        pub step_id: i16,
        /// The service that it cannot do without.
        #[sea_orm(primary_key, auto_increment = false)]
        pub service_id: i16,
    }

    impl ActiveModelBehavior for ActiveModel {}

    /// The names of the services that each step needs, by the step's key.
    pub(crate) async fn names(database: &Database) -> Result<HashMap<i16, Vec<String>>, Error> {
        let services: HashMap<i16, String> = service::all(database)
            .await?
            .into_iter()
            .map(|service| (service.id, service.name))
            .collect();
        let mut names: HashMap<i16, Vec<String>> = HashMap::new();
        let needs = Entity::find().order_by_asc(COLUMN.service_id).all(&database.0).await?;
        for need in needs {
            let name = services.get(&need.service_id).cloned();
            names.entry(need.step_id).or_default().extend(name);
        }
        Ok(names)
    }
}

/// The keys of all steps, by probe and name.
pub(crate) type Keys = HashMap<(String, String), i16>;

/// The keys of the steps of these observations, of which the new ones are created together
/// with what they need.
pub(crate) async fn ensure(
    connection: &impl ConnectionTrait,
    observations: &[Observation],
) -> Result<Keys, Error> {
    let known = keys(connection).await?;
    let mut new: Vec<&Observation> = observations
        .iter()
        .filter(|seen| !known.contains_key(&(seen.probe.to_string(), seen.step.to_string())))
        .collect();
    new.sort_by_key(|seen| (&seen.probe, &seen.step));
    new.dedup_by_key(|seen| (&seen.probe, &seen.step));
    if new.is_empty() {
        return Ok(known);
    }
    insert(connection, &new).await?;
    let keys = keys(connection).await?;
    insert_needs(connection, &new, &keys).await?;
    Ok(keys)
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

async fn insert_needs(
    connection: &impl ConnectionTrait,
    new: &[&Observation],
    keys: &Keys,
) -> Result<(), Error> {
    let names: Vec<(&str, service::Kind)> = new
        .iter()
        .flat_map(|seen| &seen.services)
        .map(|name| (name.as_ref(), service::Kind::Service))
        .collect();
    let services = service::ensure(connection, &names).await?;
    let rows = new.iter().flat_map(|seen| {
        let step_id = keys[&(seen.probe.to_string(), seen.step.to_string())];
        let services = &services;
        seen.services.iter().map(move |name| need::ActiveModel {
            step_id: Set(step_id),
            service_id: Set(services[name.as_ref()]),
        })
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        need::Entity::insert_many(rows)
            .on_conflict_do_nothing()
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}
