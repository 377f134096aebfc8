//! The schema's history: append only, one change a file, up and down on SQLite and PostgreSQL.

use std::collections::HashSet;

use model::{Database, Error, database::limited};
use sea_orm_migration::{
    MigratorTrait, SchemaManager,
    sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait},
    seaql_migrations,
};

pub mod import;
mod m20261120_000001_create_tables;
mod m20261121_000002_partition_measurements;
mod m20261121_000003_partition_observations;
mod m20261121_000004_create_rollups;
mod m20261121_000005_number_rounds;
mod m20261121_000006_index_runs_by_slot;
mod m20261121_000007_create_import;
mod m20261121_000008_index_days;
mod m20261121_000009_index_changes_by_slot;
mod m20261121_000010_explain_verdicts;
mod m20261121_000011_create_incidents;

/// All migrations, oldest first.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn sea_orm_migration::MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_create_tables::Migration),
            Box::new(m20261121_000002_partition_measurements::Migration),
            Box::new(m20261121_000003_partition_observations::Migration),
            Box::new(m20261121_000004_create_rollups::Migration),
            Box::new(m20261121_000005_number_rounds::Migration),
            Box::new(m20261121_000006_index_runs_by_slot::Migration),
            Box::new(m20261121_000007_create_import::Migration),
            Box::new(m20261121_000008_index_days::Migration),
            Box::new(m20261121_000009_index_changes_by_slot::Migration),
            Box::new(m20261121_000010_explain_verdicts::Migration),
            Box::new(m20261121_000011_create_incidents::Migration),
        ]
    }
}

/// One migration, and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The migration's name, which starts with its date.
    pub name: String,
    /// Whether it was applied.
    pub applied: bool,
}

/// Which migrations are there, and which does the database have? Changes nothing. What a newer
/// program applied is left out: during an upgrade the older one goes on.
///
/// # Errors
/// [`Error::Database`].
pub async fn status(database: &Database) -> Result<Vec<Step>, Error> {
    let applied = limited(applied(database)).await?;
    Ok(Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .map(|name| Step { applied: applied.contains(&name), name })
        .collect())
}

/// The names of the migrations that the database has.
async fn applied(database: &Database) -> Result<HashSet<String>, DbErr> {
    let table = Migrator::migration_table_name().to_string();
    if !SchemaManager::new(database.connection()).has_table(table).await? {
        return Ok(HashSet::new());
    }
    let applied = seaql_migrations::Entity::find().all(database).await?;
    Ok(applied.into_iter().map(|migration| migration.version).collect())
}

/// The names of the migrations that the database lacks. Changes nothing.
///
/// # Errors
/// [`Error::Database`].
pub async fn pending(database: &Database) -> Result<Vec<String>, Error> {
    let steps = status(database).await?;
    Ok(steps.into_iter().filter(|step| !step.applied).map(|step| step.name).collect())
}

/// Applies the migrations that the database lacks.
///
/// # Errors
/// [`Error::Database`]; then nothing was changed.
pub async fn up(database: &Database) -> Result<(), Error> {
    let transaction = begin(database).await?;
    Migrator::up(&transaction, None).await?;
    Ok(transaction.commit().await?)
}

/// Takes the newest `steps` migrations back, with the data that they hold.
///
/// # Errors
/// [`Error::Database`]; then nothing was changed.
pub async fn down(database: &Database, steps: u32) -> Result<(), Error> {
    let transaction = begin(database).await?;
    Migrator::down(&transaction, Some(steps)).await?;
    Ok(transaction.commit().await?)
}

/// Drops our tables with all that they hold, and makes them anew.
///
/// # Errors
/// [`Error::Database`]; then nothing was changed.
pub async fn fresh(database: &Database) -> Result<(), Error> {
    let transaction = begin(database).await?;
    Migrator::reset(&transaction).await?;
    Migrator::up(&transaction, None).await?;
    Ok(transaction.commit().await?)
}

/// Begins the one transaction that a command runs in, alone: two programs that migrate at the
/// same moment would both try to create the same tables.
async fn begin(database: &Database) -> Result<DatabaseTransaction, Error> {
    /// Any number that nobody else on this database locks: "cloudmon" in ASCII.
    const LOCK: i64 = 0x636c_6f75_646d_6f6e;
    let transaction = database.begin_writing().await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // Building an index, or waiting for one that another program builds, takes its time.
        let alone =
            format!("SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({LOCK})");
        transaction.execute_unprepared(&alone).await?;
    }
    Ok(transaction)
}
