//! Which services a step needs.

use std::collections::{HashMap, HashSet};

use sea_orm::{ActiveValue::Set, QueryOrder, entity::prelude::*};

use super::{Keys, name_of};
use crate::{Database, Error, observation::Observation, service};

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
    let needs = Entity::find().order_by_asc(COLUMN.service_id).all(database).await?;
    for need in needs {
        let name = services.get(&need.service_id).cloned();
        names.entry(need.step_id).or_default().extend(name);
    }
    Ok(names)
}

/// Makes the needs of these steps what their observations say.
pub(crate) async fn update(
    connection: &impl ConnectionTrait,
    seen: &[&Observation],
    keys: &Keys,
) -> Result<(), Error> {
    let names: Vec<(&str, service::Kind)> = seen
        .iter()
        .flat_map(|seen| &seen.services)
        .map(|name| (name.as_ref(), service::Kind::Service))
        .collect();
    let services = service::ensure(connection, &names).await?;
    let mut wanted = HashSet::new();
    for seen in seen {
        let step_id = keys[&name_of(seen)];
        wanted.extend(seen.services.iter().map(|name| (step_id, services[name.as_ref()])));
    }
    let steps = seen.iter().map(|seen| keys[&name_of(seen)]);
    let stored = Entity::find().filter(COLUMN.step_id.is_in(steps)).all(connection).await?;
    let stored: HashSet<_> = stored.iter().map(|need| (need.step_id, need.service_id)).collect();
    for (step_id, service_id) in stored.difference(&wanted) {
        Entity::delete_by_id((*step_id, *service_id)).exec(connection).await?;
    }
    let new = wanted.difference(&stored).map(|(step_id, service_id)| ActiveModel {
        step_id: Set(*step_id),
        service_id: Set(*service_id),
    });
    Entity::insert_many(new).on_conflict_do_nothing().exec_without_returning(connection).await?;
    Ok(())
}
