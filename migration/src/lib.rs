//! The schema's history: append only, one change a file, up and down on SQLite and PostgreSQL.

use model::Database;
use sea_orm_migration::{
    MigratorTrait,
    sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, TransactionTrait},
};

mod m20261120_000001_create_tables;

/// All migrations, oldest first.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn sea_orm_migration::MigrationTrait>> {
        vec![Box::new(m20261120_000001_create_tables::Migration)]
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

/// Which migrations are there, and which does the database have? Changes nothing.
///
/// # Errors
/// The database's own.
pub async fn status(database: &Database) -> Result<Vec<Step>, DbErr> {
    let migrations = Migrator::get_migration_with_status_read_only(database.connection()).await?;
    Ok(migrations
        .iter()
        .map(|migration| Step {
            name: migration.name().to_owned(),
            applied: migration.status() == sea_orm_migration::MigrationStatus::Applied,
        })
        .collect())
}

/// The names of the migrations that the database lacks. Changes nothing.
///
/// # Errors
/// The database's own.
pub async fn pending(database: &Database) -> Result<Vec<String>, DbErr> {
    let steps = status(database).await?;
    Ok(steps.into_iter().filter(|step| !step.applied).map(|step| step.name).collect())
}

/// Applies the migrations that the database lacks.
///
/// # Errors
/// The database's own; then nothing was changed.
pub async fn up(database: &Database) -> Result<(), DbErr> {
    let transaction = begin(database).await?;
    Migrator::up(&transaction, None).await?;
    transaction.commit().await
}

/// Takes the newest `steps` migrations back, with the data that they hold.
///
/// # Errors
/// The database's own; then nothing was changed.
pub async fn down(database: &Database, steps: u32) -> Result<(), DbErr> {
    let transaction = begin(database).await?;
    Migrator::down(&transaction, Some(steps)).await?;
    transaction.commit().await
}

/// Drops our tables with all that they hold, and makes them anew.
///
/// # Errors
/// The database's own; then nothing was changed.
pub async fn fresh(database: &Database) -> Result<(), DbErr> {
    let transaction = begin(database).await?;
    Migrator::reset(&transaction).await?;
    Migrator::up(&transaction, None).await?;
    transaction.commit().await
}

/// Begins the one transaction that a command runs in, alone: two programs that migrate at the
/// same moment would both try to create the same tables.
async fn begin(database: &Database) -> Result<DatabaseTransaction, DbErr> {
    /// Any number that nobody else on this database locks: "cloudmon" in ASCII.
    const LOCK: i64 = 0x636c_6f75_646d_6f6e;
    let connection = database.connection();
    let transaction = connection.begin().await?;
    if connection.get_database_backend() == DbBackend::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
        transaction.execute_unprepared(&lock).await?;
    }
    Ok(transaction)
}
