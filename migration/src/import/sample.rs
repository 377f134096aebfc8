//! A made-up source, as the other system's runners would have written it, in the target's own
//! database: for benchmarks and demonstrations. PostgreSQL only, as every source.

use model::{Database, Error};
use sea_orm_migration::sea_orm::ConnectionTrait;

/// 21 rows of each of ten regions.
pub const ROWS_A_MINUTE: i64 = 210;

const DROP: &str = "DROP SCHEMA IF EXISTS cloud_monitor CASCADE";

const CREATE: &str = "CREATE SCHEMA cloud_monitor;
    CREATE TABLE cloud_monitor.metrics (
        id serial PRIMARY KEY,
        timestamp timestamptz NOT NULL,
        dimension text NOT NULL,
        region text NOT NULL,
        value integer NOT NULL,
        response_time integer
    )";

const INDEX: &str = "CREATE INDEX ON cloud_monitor.metrics (timestamp);
    ANALYZE cloud_monitor.metrics";

/// Makes the table in place of one that is there, with the rows of `minutes` from 2026 on, and an
/// index on their time.
///
/// # Errors
/// [`Error::Database`]; then nothing was changed.
pub async fn make(database: &Database, minutes: i64) -> Result<(), Error> {
    let transaction = database.begin_writing().await?;
    transaction.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    for statement in [DROP, CREATE, &fill(minutes), INDEX] {
        transaction.execute_unprepared(statement).await?;
    }
    Ok(transaction.commit().await?)
}

/// Drops the table.
///
/// # Errors
/// [`Error::Database`].
pub async fn drop(database: &Database) -> Result<(), Error> {
    database.execute_unprepared(DROP).await?;
    Ok(())
}

fn fill(minutes: i64) -> String {
    format!(
        "INSERT INTO cloud_monitor.metrics (timestamp, dimension, region, value, response_time)
        SELECT minute + random() * interval '50 s', dimension, 'region-' || region,
            (dice < 0.997)::integer,
            CASE WHEN dice < 0.997 THEN 10 + (200 * random())::integer ELSE 1800000 END
        FROM (
            SELECT '2026-01-01Z'::timestamptz + number * interval '1 minute' AS minute, dimension,
                region, random() AS dice
            FROM generate_series(0, {minutes} - 1) AS number, generate_series(0, 9) AS region,
                unnest(ARRAY[
                    'EC2', 'EC2', 'EC2', 'EC2', 'SQS', 'SQS', 'SQS', 'DynamoDB', 'DynamoDB',
                    'Lambda', 'Lambda', 'API Gateway', 'S3', 'IAM', 'SQS + EC2 Voting Game',
                    'Lambda Random Shade Generator', 'EC2 Bezos Quote Generator',
                    'S3 File Serving', 'Monitor - EC2', 'Monitor - DynamoDB', 'Monitor - Lambda'
                ]) AS dimension
        ) AS thrown"
    )
}
