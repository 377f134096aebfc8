//! The source: the table `cloud_monitor.metrics` of the system that this one replaces, as it is
//! in one moment.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::BoxStream;
use model::{DatabaseUrl, slot};
use sea_orm_migration::sea_orm::sqlx::{
    self, ConnectOptions, PgConnection, Row,
    postgres::{PgConnectOptions, PgRow},
};

use super::{BadRow, Error, report::Survey, row::Flaw};

/// 2006: before there was a cloud, nobody measured one.
pub(crate) const EARLIEST: DateTime<Utc> = match DateTime::from_timestamp(1_136_073_600, 0) {
    Some(time) => time,
    None => DateTime::UNIX_EPOCH,
};

/// 2 min: the last rows of a minute are written some time after its end.
const GRACE: TimeDelta = TimeDelta::minutes(2);

/// A day: some clock of the source may have been ahead by as much.
const AHEAD: TimeDelta = TimeDelta::days(1);

/// 100 rows are listed at most.
const UNUSABLE_TIMES: &str = r#"SELECT id::text, "timestamp"::text FROM cloud_monitor.metrics
    WHERE "timestamp" IS NULL OR "timestamp" < $1 OR "timestamp" >= $2 ORDER BY id LIMIT 101"#;

const SURVEY: &str = r#"SELECT count(*),
        count(*) FILTER (WHERE "timestamp" >= $1 AND "timestamp" < $2),
        count(*) FILTER (WHERE "timestamp" >= $2 AND "timestamp" < $3),
        count(*) FILTER (WHERE "timestamp" >= $3 AND "timestamp" < $4)
    FROM cloud_monitor.metrics"#;

/// In the order of time, whatever order they were written in: from an index, if there is one, or
/// else sorted by the source. The types are cast to those that we read.
const ROWS: &str = r#"SELECT "timestamp"::timestamptz, dimension::text, region::text,
        value::bigint, response_time::bigint, id::text
    FROM cloud_monitor.metrics WHERE "timestamp" >= $1 AND "timestamp" < $2
    ORDER BY "timestamp""#;

/// A connection on which the source stands still: one transaction that reads one snapshot.
pub(crate) struct Source {
    connection: PgConnection,
    now: DateTime<Utc>,
    from: DateTime<Utc>,
    wanted: i64,
}

impl Source {
    /// Connects, as the URL says, and takes the snapshot.
    pub(crate) async fn open(url: &DatabaseUrl) -> Result<Self, Error> {
        let server = url.server().ok_or_else(|| Error::NotPostgres(url.to_string()))?;
        let mut connection = patient(server).connect().await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        sqlx::raw_sql(begin).execute(&mut connection).await?;
        let now = sqlx::query_scalar("SELECT now()").fetch_one(&mut connection).await?;
        Ok(Self { connection, now, from: EARLIEST, wanted: 0 })
    }

    /// Counts what there is, and what is to be read: from a minute on.
    pub(crate) async fn survey(&mut self, from: DateTime<Utc>) -> Result<Survey, Error> {
        self.from = from;
        let counted = sqlx::query(SURVEY)
            .bind(EARLIEST)
            .bind(from)
            .bind(self.until())
            .bind(self.latest())
            .fetch_one(&mut self.connection)
            .await?;
        let survey = Survey {
            total: counted.try_get(0)?,
            earlier: counted.try_get(1)?,
            wanted: counted.try_get(2)?,
            later: counted.try_get(3)?,
        };
        self.wanted = survey.wanted;
        Ok(survey)
    }

    /// How many rows are to be read.
    pub(crate) fn wanted(&self) -> i64 {
        self.wanted
    }

    /// The first minute that is not over, or not for long enough.
    pub(crate) fn until(&self) -> DateTime<Utc> {
        slot::containing(self.now - GRACE).max(self.from)
    }

    fn latest(&self) -> DateTime<Utc> {
        (self.now + AHEAD).max(self.until())
    }

    /// The first rows whose time is absent or cannot be.
    pub(crate) async fn with_unusable_times(&mut self) -> Result<Vec<BadRow>, Error> {
        let (from, to) = (EARLIEST, self.latest());
        let rows = sqlx::query(UNUSABLE_TIMES).bind(from).bind(to);
        let rows = rows.fetch_all(&mut self.connection).await?;
        let bad =
            |row: &PgRow| Ok(BadRow { id: row.try_get(0)?, flaw: Flaw::Time(row.try_get(1)?) });
        rows.iter().map(bad).collect()
    }

    /// Whether the source has to sort the rows, as it has no index for their order.
    pub(crate) async fn sorts(&mut self) -> Result<bool, Error> {
        let explain = format!("EXPLAIN {ROWS}");
        let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(explain))
            .bind(self.from)
            .bind(self.until())
            .fetch_all(&mut self.connection)
            .await?;
        Ok(plan.iter().any(|line| line.contains("Sort")))
    }

    /// The rows that are to be read, in the order of time.
    pub(crate) fn rows(&mut self) -> BoxStream<'_, Result<PgRow, sqlx::Error>> {
        let (from, until) = (self.from, self.until());
        sqlx::query(ROWS).bind(from).bind(until).fetch(&mut self.connection)
    }
}

/// Reading everything takes its time, and so does the sorting before it: with 64 MB of memory
/// there are fewer pieces to merge.
fn patient(server: PgConnectOptions) -> PgConnectOptions {
    server
        .application_name("cloud-monitor import")
        .options([
            ("statement_timeout", "0"),
            ("idle_in_transaction_session_timeout", "0"),
            ("work_mem", "64MB"),
        ])
        .disable_statement_logging()
}
