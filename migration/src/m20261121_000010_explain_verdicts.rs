//! Why each service stands as it does: a row when that changes, and the newest beside its status.

use sea_orm_migration::{
    prelude::*,
    schema::{small_integer, small_integer_null, text, text_null, timestamp_with_time_zone},
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut explanation = explanation();
        if manager.get_database_backend() == DbBackend::Sqlite {
            explanation.extra("WITHOUT ROWID");
        }
        manager.create_table(explanation).await?;
        for column in columns() {
            let mut current = Table::alter().table("current_status").to_owned();
            manager.alter_table(current.add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in NAMES {
            let mut current = Table::alter().table("current_status").to_owned();
            manager.alter_table(current.drop_column(column).to_owned()).await?;
        }
        manager.drop_table(Table::drop().table("explanation").to_owned()).await
    }
}

fn explanation() -> TableCreateStatement {
    Table::create()
        .table("explanation")
        .col(timestamp_with_time_zone("slot"))
        .col(small_integer("region_id"))
        .col(small_integer("service_id"))
        .col(small_integer_null("control_plane"))
        .col(small_integer_null("data_plane"))
        .col(small_integer_null("end_to_end"))
        .col(small_integer_null("fault"))
        .col(small_integer("rule"))
        .col(text("reason"))
        .col(text_null("suspect"))
        .primary_key(Index::create().col("region_id").col("service_id").col("slot"))
        .to_owned()
}

const NAMES: [&str; 7] =
    ["control_plane", "data_plane", "end_to_end", "fault", "rule", "reason", "suspect"];

fn columns() -> impl Iterator<Item = ColumnDef> {
    NAMES.into_iter().map(|name| match name {
        "reason" | "suspect" => text_null(name),
        _ => small_integer_null(name),
    })
}
