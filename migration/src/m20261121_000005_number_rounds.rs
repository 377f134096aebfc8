//! Rounds numbered in the order in which they became visible, and every change of a status.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, integer_null, small_integer, small_integer_null,
        timestamp_with_time_zone,
    },
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut changes = status_change();
        if manager.get_database_backend() == DbBackend::Sqlite {
            changes.extra("WITHOUT ROWID");
        }
        manager.create_table(changes).await?;
        manager.create_table(round_sequence()).await?;
        let connection = manager.get_connection();
        let first = "INSERT INTO round_sequence (id, newest) VALUES (1, 0)";
        connection.execute_unprepared(first).await?;
        let mut run = Table::alter().table("run").to_owned();
        manager.alter_table(run.add_column(big_integer_null("sequence")).to_owned()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let mut current = Table::alter().table("current_status").to_owned();
        let previous = small_integer_null("previous_status");
        manager.alter_table(current.add_column(previous).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut current = Table::alter().table("current_status").to_owned();
        manager.alter_table(current.drop_column("previous_status").to_owned()).await?;
        manager.drop_index(Index::drop().name("run_sequence").table("run").to_owned()).await?;
        let mut run = Table::alter().table("run").to_owned();
        manager.alter_table(run.drop_column("sequence").to_owned()).await?;
        for table in ["round_sequence", "status_change"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// One row, which each round counts up: whoever does has it to himself until his round is
/// visible, so that the numbers are in the order of that, without gaps, and never used again.
fn round_sequence() -> TableCreateStatement {
    Table::create()
        .table("round_sequence")
        .col(small_integer("id"))
        .col(big_integer("newest"))
        .primary_key(Index::create().col("id"))
        .to_owned()
}

fn status_change() -> TableCreateStatement {
    Table::create()
        .table("status_change")
        .col(big_integer("sequence"))
        .col(timestamp_with_time_zone("slot"))
        .col(integer_null("latency_us"))
        .col(small_integer("region_id"))
        .col(small_integer("service_id"))
        .col(small_integer_null("previous_status"))
        .col(small_integer("status"))
        .col(small_integer_null("cause"))
        .primary_key(Index::create().col("sequence").col("region_id").col("service_id"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 2] {
    let index = |name, table| Index::create().name(name).table(table).to_owned();
    [
        index("run_sequence", "run").unique().col("sequence").to_owned(),
        index("status_change_pair", "status_change")
            .col("region_id")
            .col("service_id")
            .col("sequence")
            .to_owned(),
    ]
}
