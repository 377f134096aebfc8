//! Measurements by month: PostgreSQL drops a month whole, and one dense index in the order of
//! recording takes the place of two. SQLite gets the same order in one tree.

use sea_orm_migration::{
    prelude::*,
    schema::{integer_null, small_integer, small_integer_null, timestamp_with_time_zone},
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The key is in the order of recording, so that the index grows at its end. Within a slot the
/// regions come in any order: a fifth of each page is left for those that come late, else the
/// pages that are full already are split in the middle.
const PARTITIONED: &str = "
    ALTER TABLE measurement RENAME TO measurement_before;
    ALTER TABLE measurement_before RENAME CONSTRAINT measurement_pkey TO measurement_before_pkey;
    CREATE TABLE measurement (
        slot timestamptz NOT NULL,
        latency_us integer,
        region_id smallint NOT NULL,
        service_id smallint NOT NULL,
        status smallint NOT NULL,
        cause smallint,
        PRIMARY KEY (slot, region_id, service_id) WITH (fillfactor = 80)
    ) PARTITION BY RANGE (slot);
    DO $$
    DECLARE month timestamptz;
    BEGIN
        FOR month IN SELECT DISTINCT date_trunc('month', slot, 'UTC') FROM measurement_before LOOP
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF measurement FOR VALUES FROM (%L) TO (%L)',
                'measurement_p' || to_char(month AT TIME ZONE 'UTC', 'YYYYMMDD'),
                month,
                (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'
            );
        END LOOP;
    END $$;
    INSERT INTO measurement (slot, latency_us, region_id, service_id, status, cause)
        SELECT slot, latency_us, region_id, service_id, status, cause
        FROM measurement_before ORDER BY slot;
    DROP TABLE measurement_before;
";

const COPY: &str = "
    INSERT INTO measurement (slot, latency_us, region_id, service_id, status, cause)
        SELECT slot, latency_us, region_id, service_id, status, cause
        FROM measurement_before ORDER BY slot, region_id, service_id;
    DROP TABLE measurement_before;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        match manager.get_database_backend() {
            DbBackend::Sqlite => {
                set_aside(manager).await?;
                let key = ["slot", "region_id", "service_id"];
                manager.create_table(measurement(key).extra("WITHOUT ROWID").to_owned()).await?;
                connection.execute_unprepared(COPY).await?;
            }
            _ => {
                connection.execute_unprepared(PARTITIONED).await?;
            }
        }
        // What is not up is rare and often asked for: a per cent of the rows, a per cent of the size.
        let not_up = "CREATE INDEX measurement_not_up
            ON measurement (slot, region_id, service_id) WHERE status <> 0";
        connection.execute_unprepared(not_up).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP INDEX measurement_not_up").await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            let rename = "ALTER TABLE measurement
                RENAME CONSTRAINT measurement_pkey TO measurement_before_pkey";
            connection.execute_unprepared(rename).await?;
        }
        set_aside(manager).await?;
        manager.create_table(measurement(["region_id", "service_id", "slot"])).await?;
        connection.execute_unprepared(COPY).await?;
        let by_slot =
            Index::create().name("measurement_slot").table("measurement").col("slot").to_owned();
        manager.create_index(by_slot).await
    }
}

async fn set_aside(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let rename = Table::rename().table("measurement", "measurement_before").to_owned();
    manager.rename_table(rename).await
}

/// The table as one: as it was, and as SQLite has it.
fn measurement(key: [&'static str; 3]) -> TableCreateStatement {
    let mut primary = Index::create();
    for column in key {
        primary.col(column);
    }
    Table::create()
        .table("measurement")
        .col(timestamp_with_time_zone("slot"))
        .col(integer_null("latency_us"))
        .col(small_integer("region_id"))
        .col(small_integer("service_id"))
        .col(small_integer("status"))
        .col(small_integer_null("cause"))
        .primary_key(&mut primary)
        .to_owned()
}
