//! The first tables: regions, services, steps, runs, observations, measurements, and how
//! things stand now.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer_null, integer_null, small_integer, small_integer_null, string, string_uniq,
        text_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
    },
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Every table, in an order in which they can be dropped.
const TABLES: [&str; 8] = [
    "current_status",
    "measurement",
    "observation",
    "run",
    "step_need",
    "step",
    "service",
    "region",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let tables = [
            region(backend),
            service(backend),
            step(backend),
            step_need(),
            run(),
            observation(),
            measurement(),
            current_status(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// A small key that counts up by itself. SQLite counts up only what is called `integer`, and
/// stores it as small as its value.
fn small_key(backend: DbBackend) -> ColumnDef {
    let mut key = ColumnDef::new("id");
    match backend {
        DbBackend::Sqlite => key.integer(),
        _ => key.small_integer(),
    };
    key.not_null().auto_increment().primary_key().to_owned()
}

fn key_of(table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col(column).to(table, "id").to_owned()
}

fn region(backend: DbBackend) -> TableCreateStatement {
    Table::create().table("region").col(small_key(backend)).col(string_uniq("name")).to_owned()
}

fn service(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table("service")
        .col(small_key(backend))
        .col(string_uniq("name"))
        .col(small_integer("kind"))
        .to_owned()
}

fn step(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table("step")
        .col(small_key(backend))
        .col(string("probe"))
        .col(string("name"))
        .index(Index::create().unique().name("step_name").col("probe").col("name"))
        .to_owned()
}

fn step_need() -> TableCreateStatement {
    Table::create()
        .table("step_need")
        .col(small_integer("step_id"))
        .col(small_integer("service_id"))
        .primary_key(Index::create().col("step_id").col("service_id"))
        .foreign_key(&mut key_of("step", "step_id"))
        .foreign_key(&mut key_of("service", "service_id"))
        .to_owned()
}

fn run() -> TableCreateStatement {
    Table::create()
        .table("run")
        .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
        .col(timestamp_with_time_zone("slot"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone("lease_until"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(integer_null("duration_us"))
        .col(small_integer("region_id"))
        .index(Index::create().unique().name("run_slot").col("region_id").col("slot"))
        .foreign_key(&mut key_of("region", "region_id"))
        .to_owned()
}

/// Columns by falling width, which costs PostgreSQL no padding.
fn observation() -> TableCreateStatement {
    let mut table = Table::create()
        .table("observation")
        .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
        .col(big_integer_null("run_id"))
        .col(timestamp_with_time_zone("started_at"))
        .to_owned();
    for phase in ["resolve_us", "connect_us", "tls_us", "processing_us", "transfer_us", "total_us"]
    {
        table.col(integer_null(phase));
    }
    table
        .col(small_integer("region_id"))
        .col(small_integer("step_id"))
        .col(small_integer("attempt"))
        .col(small_integer("outcome"))
        .col(small_integer_null("failure"))
        .col(small_integer_null("phase"))
        .col(small_integer_null("http_status"))
        .col(text_null("request_id"))
        .col(text_null("detail"))
        .foreign_key(&mut key_of("run", "run_id"))
        .foreign_key(&mut key_of("region", "region_id"))
        .foreign_key(&mut key_of("step", "step_id"))
        .to_owned()
}

/// 20 bytes of values. No foreign keys: the two small tables only grow, and a check on each of
/// hundreds of millions of rows would be paid for nothing.
fn measurement() -> TableCreateStatement {
    Table::create()
        .table("measurement")
        .col(timestamp_with_time_zone("slot"))
        .col(integer_null("latency_us"))
        .col(small_integer("region_id"))
        .col(small_integer("service_id"))
        .col(small_integer("status"))
        .col(small_integer_null("cause"))
        .primary_key(Index::create().col("region_id").col("service_id").col("slot"))
        .to_owned()
}

fn current_status() -> TableCreateStatement {
    Table::create()
        .table("current_status")
        .col(timestamp_with_time_zone("slot"))
        .col(timestamp_with_time_zone("since"))
        .col(integer_null("latency_us"))
        .col(small_integer("region_id"))
        .col(small_integer("service_id"))
        .col(small_integer("status"))
        .col(small_integer_null("cause"))
        .primary_key(Index::create().col("region_id").col("service_id"))
        .foreign_key(&mut key_of("region", "region_id"))
        .foreign_key(&mut key_of("service", "service_id"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 3] {
    let index = |name, table| Index::create().name(name).table(table).to_owned();
    [
        index("observation_started_at", "observation").col("started_at").to_owned(),
        index("observation_run_id", "observation").col("run_id").to_owned(),
        index("measurement_slot", "measurement").col("slot").to_owned(),
    ]
}
