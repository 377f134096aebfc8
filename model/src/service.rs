//! What is judged: the provider's services, and our sample applications.

use std::collections::{BTreeMap, HashMap};

use poem_openapi::Enum;
use sea_orm::{QueryOrder, entity::prelude::*, sea_query::OnConflict};
use serde::{Deserialize, Serialize};

use crate::{Database, Error};

/// Whose work it is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Enum,
    EnumIter,
    DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case", rename = "ServiceKind")]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Kind {
    /// A cloud service of the provider.
    #[sea_orm(num_value = 0)]
    Service,
    /// One of our sample applications.
    #[sea_orm(num_value = 1)]
    Application,
}

/// A service or an application, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service")]
pub struct Model {
    /// Small key, used in every row that has a service.
    #[sea_orm(primary_key)]
    pub id: i16,
    /// Its name, as shown: `API Gateway`.
    #[sea_orm(unique)]
    pub name: String,
    /// Whether it is the provider's or ours.
    pub kind: Kind,
}

impl ActiveModelBehavior for ActiveModel {}

/// Every service and application that was ever recorded, services first, then by name.
///
/// # Errors
/// [`Error::Database`].
pub async fn all(database: &Database) -> Result<Vec<Model>, Error> {
    Ok(Entity::find().order_by_asc(COLUMN.kind).order_by_asc(COLUMN.name).all(database).await?)
}

/// The service called `name`; relies on the unique index of the name.
///
/// # Errors
/// [`Error::UnknownService`], [`Error::Database`].
pub async fn named(database: &Database, name: &str) -> Result<Model, Error> {
    Entity::find()
        .filter(COLUMN.name.eq(name))
        .one(database)
        .await?
        .ok_or_else(|| Error::UnknownService { name: name.to_owned() })
}

/// The keys of these services, of which the new ones are created.
pub(crate) async fn ensure(
    connection: &impl ConnectionTrait,
    services: &[(&str, Kind)],
) -> Result<HashMap<String, i16>, Error> {
    let known = keys(connection).await?;
    // In one order everywhere: two runners that insert crosswise would wait for each other.
    let services: BTreeMap<&str, Kind> = services.iter().rev().copied().collect();
    let new: Vec<ActiveModel> = services
        .iter()
        .filter(|(name, _)| !known.contains_key(**name))
        .map(|(name, kind)| ActiveModel {
            name: sea_orm::Set((*name).to_owned()),
            kind: sea_orm::Set(*kind),
            ..Default::default()
        })
        .collect();
    if new.is_empty() {
        return Ok(known);
    }
    let unless_there = OnConflict::column(Column::Name).do_nothing().to_owned();
    Entity::insert_many(new).on_conflict(unless_there).exec_without_returning(connection).await?;
    keys(connection).await
}

async fn keys(connection: &impl ConnectionTrait) -> Result<HashMap<String, i16>, Error> {
    let services = Entity::find().all(connection).await?;
    Ok(services.into_iter().map(|service| (service.name, service.id)).collect())
}
