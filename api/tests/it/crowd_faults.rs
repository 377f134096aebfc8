//! A crowd while the way to the database is cut or clogged. On PostgreSQL: SQLite has no way.

use std::time::Duration;

use chrono::TimeDelta;
use model::Status::{Down, Up};
use tokio::time::sleep;

use crate::{
    builders::{judged, pass, round},
    databases::on_postgres_behind_a_proxy,
    program::Program,
    proxy::Way,
};

/// Waits until one question is on its way to the database.
async fn until_it_asks(program: &Program) {
    while program.count("database_questions_in_progress").await == 0 {
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_outage_ends_with_right_answers() {
    on_postgres_behind_a_proxy(async |program, proxy| {
        program.record(round(29, [judged("SQS", Up)])).await;
        assert_eq!(program.json("/v1/status").await["items"][0]["status"], "up");
        // A connection that was used within the last second is not tested before its next use.
        sleep(Duration::from_millis(1_100)).await;
        proxy.set(Way::Cut);
        program.record(round(30, [judged("SQS", Down)])).await;
        assert_eq!(program.get("/v1/status").await.status(), 200, "the answer has 5 s to live");
        pass(TimeDelta::seconds(5));
        assert_eq!(program.get("/v1/status").await.status(), 503);
        assert_eq!(program.get("/livez").await.status(), 200);
        proxy.set(Way::Open);
        assert_eq!(program.json("/v1/status").await["items"][0]["status"], "down");
    })
    .await;
}

#[tokio::test]
async fn the_others_get_their_answer_when_the_first_hangs_up() {
    on_postgres_behind_a_proxy(async |program, proxy| {
        program.record(round(29, [judged("SQS", Up)])).await;
        proxy.set(Way::Clogged);
        let first = program.open(b"GET /v1/regions HTTP/1.1\r\nHost: x\r\n\r\n").await;
        until_it_asks(program).await;
        drop(first);
        // Time for the server to see that nobody is there any more.
        sleep(Duration::from_millis(100)).await;
        let (second, ()) = tokio::join!(program.json("/v1/regions"), async {
            sleep(Duration::from_millis(100)).await;
            proxy.set(Way::Open);
        });
        assert_eq!(second["items"][0]["name"], "us-east-1");
        assert_eq!(program.count("database_questions_total").await, 1);
        assert_eq!(program.count("answer_shared_total").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_hangs_leaves_the_process_alive() {
    on_postgres_behind_a_proxy(async |program, proxy| {
        proxy.set(Way::Clogged);
        let paths: Vec<_> = (1..100).map(|n| format!("/v1/measurements?limit={n}")).collect();
        let hanging = futures_util::future::join_all(paths.iter().map(|path| program.get(path)));
        let (hanging, ()) = tokio::join!(hanging, async {
            until_it_asks(program).await;
            assert_eq!(program.get("/livez").await.status(), 200);
            assert!(program.count("database_questions_in_progress").await <= 6);
        });
        for response in hanging {
            assert_eq!(response.status(), 503);
            assert_eq!(response.headers()["retry-after"], "5");
        }
        assert_eq!(program.count("database_questions_in_progress").await, 0);
        proxy.set(Way::Open);
        // The connections that hung are given up within two seconds.
        sleep(Duration::from_millis(2_500)).await;
        assert_eq!(program.get("/v1/measurements?limit=1").await.status(), 200);
    })
    .await;
}
