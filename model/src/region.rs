//! Regions: `us-east-1` …, and `global` for services that have none.

use sea_orm::{QueryOrder, entity::prelude::*, sea_query::OnConflict};

use crate::{Database, Error};

/// The region of services that have none, such as IAM.
pub const GLOBAL: &str = "global";

/// A region, as stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "region")]
pub struct Model {
    /// Small key, used in every row that has a region.
    #[sea_orm(primary_key)]
    pub id: i16,
    /// The provider's name of it: `us-east-1`.
    #[sea_orm(unique)]
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Every region that was ever recorded, by name. There are tens of them.
///
/// # Errors
/// [`Error::Database`].
pub async fn all(database: &Database) -> Result<Vec<Model>, Error> {
    Ok(Entity::find().order_by_asc(COLUMN.name).all(database).await?)
}

/// The region called `name`; relies on the unique index of the name.
///
/// # Errors
/// [`Error::UnknownRegion`], [`Error::Database`].
pub async fn named(database: &Database, name: &str) -> Result<Model, Error> {
    find(database, name).await?.ok_or_else(|| Error::UnknownRegion { name: name.to_owned() })
}

/// The key of the region called `name`, which is created if it is new.
pub(crate) async fn ensure(connection: &impl ConnectionTrait, name: &str) -> Result<i16, Error> {
    if let Some(region) = find(connection, name).await? {
        return Ok(region.id);
    }
    let new = ActiveModel { name: sea_orm::Set(name.to_owned()), ..Default::default() };
    let unless_there = OnConflict::column(Column::Name).do_nothing().to_owned();
    // Another runner may have inserted it meanwhile; it is there either way.
    Entity::insert(new).on_conflict(unless_there).exec_without_returning(connection).await?;
    find(connection, name)
        .await?
        .map(|region| region.id)
        .ok_or_else(|| Error::UnknownRegion { name: name.to_owned() })
}

async fn find(connection: &impl ConnectionTrait, name: &str) -> Result<Option<Model>, Error> {
    Ok(Entity::find().filter(COLUMN.name.eq(name)).one(connection).await?)
}
