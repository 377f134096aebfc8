//! Observations by week on PostgreSQL, which drops a week whole. SQLite keeps its one table.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Everything but the keys and how the table is cut.
const COLUMNS: &str = "
    id bigint NOT NULL DEFAULT nextval('observation_id_seq'),
    run_id bigint,
    started_at timestamptz NOT NULL,
    resolve_us integer,
    connect_us integer,
    tls_us integer,
    processing_us integer,
    transfer_us integer,
    total_us integer,
    region_id smallint NOT NULL,
    step_id smallint NOT NULL,
    attempt smallint NOT NULL,
    outcome smallint NOT NULL,
    failure smallint,
    phase smallint,
    http_status smallint,
    request_id text,
    detail text
";

const SET_ASIDE: &str = "
    ALTER SEQUENCE observation_id_seq OWNED BY NONE;
    ALTER TABLE observation RENAME TO observation_before;
    ALTER TABLE observation_before RENAME CONSTRAINT observation_pkey TO observation_before_pkey;
    DROP INDEX observation_run_id;
";

const COPY: &str = "
    INSERT INTO observation SELECT id, run_id, started_at, resolve_us, connect_us, tls_us,
        processing_us, transfer_us, total_us, region_id, step_id, attempt, outcome, failure,
        phase, http_status, request_id, detail
        FROM observation_before ORDER BY started_at;
    DROP TABLE observation_before;
    ALTER SEQUENCE observation_id_seq OWNED BY observation.id;
    CREATE INDEX observation_run_id ON observation (run_id);
";

const WEEKS: &str = "
    DO $$
    DECLARE week timestamptz;
    BEGIN
        FOR week IN SELECT DISTINCT date_trunc('week', started_at, 'UTC')
            FROM observation_before LOOP
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF observation FOR VALUES FROM (%L) TO (%L)',
                'observation_p' || to_char(week AT TIME ZONE 'UTC', 'YYYYMMDD'),
                week,
                (week AT TIME ZONE 'UTC' + interval '7 days') AT TIME ZONE 'UTC'
            );
        END LOOP;
    END $$;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            return Ok(());
        }
        // No foreign keys: a run may be gone before the week of its observations, and a check of
        // each row against tables that only grow would be paid for nothing.
        let create = format!(
            "DROP INDEX observation_started_at;
            {SET_ASIDE}
            CREATE TABLE observation ({COLUMNS}, PRIMARY KEY (started_at, id))
                PARTITION BY RANGE (started_at);
            {WEEKS} {COPY}"
        );
        manager.get_connection().execute_unprepared(&create).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            return Ok(());
        }
        // Observations whose run is gone become those of a probe that was run by itself.
        let create = format!(
            "{SET_ASIDE}
            CREATE TABLE observation ({COLUMNS}, PRIMARY KEY (id));
            UPDATE observation_before SET run_id = NULL
                WHERE run_id IS NOT NULL AND run_id NOT IN (SELECT id FROM run);
            {COPY}
            CREATE INDEX observation_started_at ON observation (started_at);
            ALTER TABLE observation ADD FOREIGN KEY (run_id) REFERENCES run,
                ADD FOREIGN KEY (region_id) REFERENCES region,
                ADD FOREIGN KEY (step_id) REFERENCES step;"
        );
        manager.get_connection().execute_unprepared(&create).await?;
        Ok(())
    }
}
