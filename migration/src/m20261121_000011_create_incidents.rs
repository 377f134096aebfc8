//! Incidents, the services that each is about, and how each came and went.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer_null, boolean, integer, pk_auto, small_integer, small_integer_null, text,
        timestamp_with_time_zone, timestamp_with_time_zone_null,
    },
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [incident(), incident_service(), incident_update()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        // Every round asks which incidents are open, and nearly always there are none.
        let open = "CREATE INDEX incident_open ON incident (region_id) WHERE ended_at IS NULL";
        manager.get_connection().execute_unprepared(open).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["incident_update", "incident_service", "incident"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn incident() -> TableCreateStatement {
    Table::create()
        .table("incident")
        .col(pk_auto("id"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone("detected_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(timestamp_with_time_zone_null("well_since"))
        .col(integer("slots"))
        .col(small_integer("well_slots"))
        .col(small_integer("region_id"))
        .col(small_integer("status"))
        .col(small_integer_null("cause"))
        .col(small_integer("fault"))
        .col(small_integer("rule"))
        .col(text("reason"))
        .to_owned()
}

fn incident_service() -> TableCreateStatement {
    Table::create()
        .table("incident_service")
        .col(integer("incident_id"))
        .col(small_integer("service_id"))
        .col(boolean("is_blamed"))
        .primary_key(Index::create().col("incident_id").col("service_id"))
        .to_owned()
}

fn incident_update() -> TableCreateStatement {
    Table::create()
        .table("incident_update")
        .col(big_integer_null("sequence"))
        .col(timestamp_with_time_zone("slot"))
        .col(integer("incident_id"))
        .col(small_integer("kind"))
        .col(small_integer("status"))
        .col(small_integer_null("cause"))
        .col(text("services"))
        .col(text("reason"))
        .primary_key(Index::create().col("incident_id").col("slot"))
        .to_owned()
}

fn indexes() -> [IndexCreateStatement; 3] {
    let index = |name, table| Index::create().name(name).table(table).to_owned();
    [
        index("incident_started_at", "incident").col("started_at").col("id").to_owned(),
        index("incident_service_service", "incident_service")
            .col("service_id")
            .col("incident_id")
            .to_owned(),
        index("incident_update_sequence", "incident_update").col("sequence").to_owned(),
    ]
}
