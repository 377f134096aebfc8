//! The services that an incident is about.

use sea_orm::entity::prelude::*;

/// A service of an incident, as stored.
#[sea_orm::model]
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident_service")]
#[allow(missing_docs, reason = "two keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_id: i16,
    /// It is to blame; the others only suffer from it.
    pub is_blamed: bool,
}

impl ActiveModelBehavior for ActiveModel {}
