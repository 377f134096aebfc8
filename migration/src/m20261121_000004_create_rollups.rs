//! Rollups by hour and by day, what is due to be rolled up, and since when each service is
//! measured.

use sea_orm_migration::{
    prelude::*,
    schema::{blob, integer, small_integer, timestamp_with_time_zone},
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COUNTS: [&str; 4] = ["up", "degraded", "down", "unknown"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut table in [rollup_hour(), rollup_day(), rollup_due()] {
            if manager.get_database_backend() == DbBackend::Sqlite {
                table.extra("WITHOUT ROWID");
            }
            manager.create_table(table).await?;
        }
        measured_since(manager).await?;
        everything_is_due(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["rollup_due", "rollup_day", "rollup_hour"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let drop = "ALTER TABLE current_status DROP COLUMN measured_since";
        manager.get_connection().execute_unprepared(drop).await?;
        Ok(())
    }
}

/// By pair, then by time: the history of one service in one region lies together.
fn rollup_hour() -> TableCreateStatement {
    let mut table = Table::create().table("rollup_hour").to_owned();
    table.col(timestamp_with_time_zone("hour")).col(small_integer("region_id"));
    table.col(small_integer("service_id"));
    for count in COUNTS {
        table.col(small_integer(count));
    }
    table
        .col(blob("minutes"))
        .col(blob("latencies"))
        .primary_key(Index::create().col("region_id").col("service_id").col("hour"))
        .to_owned()
}

fn rollup_day() -> TableCreateStatement {
    let mut table = Table::create().table("rollup_day").to_owned();
    table.col(timestamp_with_time_zone("day"));
    for count in COUNTS {
        table.col(integer(count));
    }
    table
        .col(small_integer("region_id"))
        .col(small_integer("service_id"))
        .col(blob("latencies"))
        .primary_key(Index::create().col("region_id").col("service_id").col("day"))
        .to_owned()
}

fn rollup_due() -> TableCreateStatement {
    Table::create()
        .table("rollup_due")
        .col(timestamp_with_time_zone("start"))
        .col(small_integer("width"))
        .col(small_integer("region_id"))
        .primary_key(Index::create().col("width").col("start").col("region_id"))
        .to_owned()
}

async fn measured_since(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    // SQLite adds no column without a default; no row is ever written without a value.
    let (kind, epoch) = match manager.get_database_backend() {
        DbBackend::Sqlite => ("timestamp_with_timezone_text", "1970-01-01T00:00:00+00:00"),
        _ => ("timestamptz", "1970-01-01T00:00:00Z"),
    };
    let add = format!(
        "ALTER TABLE current_status ADD COLUMN measured_since {kind} NOT NULL DEFAULT '{epoch}'"
    );
    connection.execute_unprepared(&add).await?;
    let fill = "UPDATE current_status SET measured_since = first.slot
        FROM (SELECT region_id, service_id, min(slot) AS slot FROM measurement
            GROUP BY region_id, service_id) AS first
        WHERE first.region_id = current_status.region_id
            AND first.service_id = current_status.service_id";
    connection.execute_unprepared(fill).await?;
    Ok(())
}

async fn everything_is_due(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let hour = match manager.get_database_backend() {
        DbBackend::Sqlite => "substr(slot, 1, 13) || ':00:00+00:00'",
        _ => "date_trunc('hour', slot, 'UTC')",
    };
    let due = format!(
        "INSERT INTO rollup_due (start, width, region_id)
            SELECT DISTINCT {hour}, 1, region_id FROM measurement"
    );
    manager.get_connection().execute_unprepared(&due).await?;
    Ok(())
}
