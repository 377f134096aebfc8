//! A database that is away: a quick error, and all well again when it is back.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use model::{
    Database, Status,
    round::{self, Recorded},
    run::{self, Claim, Lease},
    tally,
};

use crate::{
    builders::{REGION, judged, minute, round},
    databases::on_empty_postgres,
    proxy::{Proxy, Way},
};

/// The 2 s that the store waits for a connection, and half a second for slow machines.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// `url` with another place in it.
fn through(url: &str, port: u16) -> String {
    let (credentials, place) = url.rsplit_once('@').unwrap();
    let (_, path) = place.split_once('/').unwrap();
    format!("{credentials}@127.0.0.1:{port}/{path}")
}

fn server_of(url: &str) -> &str {
    url.rsplit_once('@').unwrap().1.split_once('/').unwrap().0
}

/// Each way to ask or tell the store something fails, and none takes longer than [`PATIENCE`].
async fn assert_away(database: &Database) {
    let started = Instant::now();
    database.ping().await.unwrap_err();
    assert!(started.elapsed() < PATIENCE, "ping: {:?}", started.elapsed());

    let started = Instant::now();
    let lease = TimeDelta::minutes(1);
    run::claim(database, REGION, minute(9), Lease { from: minute(9), length: lease })
        .await
        .unwrap_err();
    assert!(started.elapsed() < PATIENCE, "claim: {:?}", started.elapsed());

    let started = Instant::now();
    let lost = round(9, [judged("SQS", Status::Up)]);
    round::record(database, &lost, minute(9)).await.unwrap_err();
    assert!(started.elapsed() < PATIENCE, "record: {:?}", started.elapsed());

    let started = Instant::now();
    tally::recent(database, minute(9)).await.unwrap_err();
    assert!(started.elapsed() < PATIENCE, "read: {:?}", started.elapsed());
}

async fn assert_well(database: &Database, n: i64) {
    database.ping().await.unwrap();
    let claim = run::claim(
        database,
        REGION,
        minute(n),
        Lease { from: minute(n), length: TimeDelta::minutes(1) },
    )
    .await;
    assert_eq!(claim.unwrap(), Claim::Granted);
    let round = round(n, [judged("SQS", Status::Up)]);
    assert_eq!(round::record(database, &round, minute(n)).await.unwrap(), Recorded::Written);
    assert_eq!(tally::recent(database, minute(n)).await.unwrap().len(), 1);
}

/// Sees the store through an outage that makes the way to the server like `outage`.
async fn survive(outage: Way) {
    on_empty_postgres(async |store, url| {
        migration::up(&store.database).await.unwrap();
        let proxy = Proxy::to(server_of(url)).await.unwrap();
        let url = through(url, proxy.port).parse().unwrap();
        let database = Database::open(&url).await.unwrap();

        assert_well(&database, 0).await;
        // A connection that was used within the last second is not tested before its next use.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        proxy.set(outage);
        assert_away(&database).await;
        proxy.set(Way::Open);
        assert_well(&database, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_cuts_its_connections_is_a_quick_error() {
    survive(Way::Cut).await;
}

#[tokio::test]
async fn a_server_that_falls_silent_is_a_quick_error() {
    survive(Way::Clogged).await;
}

#[tokio::test]
async fn a_server_that_is_away_at_the_start_is_found_later() {
    on_empty_postgres(async |store, url| {
        migration::up(&store.database).await.unwrap();
        let proxy = Proxy::to(server_of(url)).await.unwrap();
        proxy.set(Way::Cut);
        let database = Database::open(&through(url, proxy.port).parse().unwrap()).await.unwrap();
        assert_away(&database).await;
        proxy.set(Way::Open);
        assert_well(&database, 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_a_quick_error() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgresql://monitor@{free}/monitor").parse().unwrap();
    assert_away(&Database::open(&url).await.unwrap()).await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let url = format!("sqlite://{}/data/monitor.db", file.path().display()).parse().unwrap();
    let error = Database::open(&url).await.unwrap_err();
    assert!(error.to_string().contains("/data"), "{error}");
}
