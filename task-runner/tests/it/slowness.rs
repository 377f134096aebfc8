//! Far slower than usual, as stored rounds tell what is usual.

use std::time::Duration;

use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};

use crate::{
    databases::on_each_database,
    program::{Program, minute, status_of},
    target::{Target, answer, request},
};

/// Serves quotes, after a pause.
async fn quotes(pause: Duration) -> Target {
    Target::new(move |mut stream: TcpStream| async move {
        request(&mut stream).await;
        sleep(pause).await;
        stream.write_all(answer("200 OK", "\"brief\"").as_bytes()).await.unwrap();
    })
    .await
}

#[tokio::test]
async fn what_takes_far_longer_than_in_the_slots_before_is_degraded() {
    const QUOTES: &str = "EC2 Bezos Quote Generator";
    on_each_database(async |store| {
        let at = |target: &Target| vec![("TM_BEZZOS_QUOTES_URL", target.url())];
        let quick = quotes(Duration::ZERO).await;
        let program = Program::start(store, &at(&quick)).await;
        for n in -12..-6 {
            assert_eq!(status_of(&program.trigger(minute(n)).await.json, QUOTES), "up");
        }
        let slow = quotes(Duration::from_millis(900)).await;
        let program = Program::start(store, &at(&slow)).await;
        let statuses = [-6, -5, -4].map(async |n| {
            let answer = program.trigger(minute(n)).await.json;
            let mut rows = answer["measurements"].as_array().unwrap().iter();
            let row = rows.find(|row| row["service"] == QUOTES).unwrap();
            (row["status"].clone(), row["cause"].clone())
        });
        let [first, second, third] = statuses;
        assert_eq!(first.await.0, "up", "one slow slot is a pause of somebody's");
        let slow = (json!("degraded"), json!("slow"));
        assert_eq!(second.await, slow);
        assert_eq!(third.await, slow, "an outage never becomes what is usual");
    })
    .await;
}
