//! The table of the system that is replaced, as far as it is known: only its key has an index.

use std::fmt::Write;

use model::Database;
use sea_orm_migration::sea_orm::ConnectionTrait;

/// A database with that table.
pub(crate) struct Source {
    pub(crate) url: String,
    database: Database,
}

/// A row: time of 2024-02-29, dimension, region, value, and milliseconds.
pub(crate) type Row = (&'static str, &'static str, &'static str, i32, i32);

impl Source {
    pub(crate) async fn at(url: &str) -> Self {
        let database = Database::open(&url.parse().unwrap()).await.unwrap();
        let source = Self { url: url.to_owned(), database };
        source
            .sql(
                "CREATE SCHEMA cloud_monitor;
                CREATE TABLE cloud_monitor.metrics (
                    id serial PRIMARY KEY,
                    timestamp timestamptz,
                    dimension text,
                    region text,
                    value int,
                    response_time int
                )",
            )
            .await;
        source
    }

    /// Runs a statement.
    pub(crate) async fn sql(&self, statement: &str) {
        self.database.connection().execute_unprepared(statement).await.unwrap();
    }

    /// Adds these rows, in this order.
    pub(crate) async fn add(&self, rows: &[Row]) {
        let mut insert = "INSERT INTO cloud_monitor.metrics
            (timestamp, dimension, region, value, response_time) VALUES "
            .to_owned();
        for (number, (time, dimension, region, value, response_time)) in rows.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(
                insert,
                "{comma} ('2024-02-29T{time}Z', '{dimension}', '{region}', {value}, {response_time})"
            )
            .unwrap();
        }
        self.sql(&insert).await;
    }

    /// Adds a history of `minutes` from 2024-02-20 on: a row of six dimensions in two regions a
    /// minute, some of them twice, in an order of its own.
    pub(crate) async fn add_minutes(&self, minutes: u32) {
        self.sql(&format!(
            "SET LOCAL statement_timeout = 0;
            INSERT INTO cloud_monitor.metrics (timestamp, dimension, region, value, response_time)
            SELECT minute + random() * interval '59 s', dimension, region,
                (random() > 0.02)::int, CASE WHEN random() < 0.05 THEN 1800000 ELSE 90 END
            FROM generate_series(0, {minutes} - 1) AS number,
                LATERAL (SELECT '2024-02-20Z'::timestamptz + number * interval '1 min') AS _ (minute),
                unnest(ARRAY['SQS', 'EC2', 'EC2', 'IAM', 'S3 File Serving', 'Monitor - SQS'])
                    AS dimension,
                unnest(ARRAY['us-east-1', 'eu-west-1']) AS region
            ORDER BY random()"
        ))
        .await;
    }
}
