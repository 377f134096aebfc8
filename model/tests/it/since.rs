//! How a service stands, and since when: the same in whatever order its rounds are recorded.

use model::{
    Database, Status,
    current_status::{self, Current},
    measurement::Measurement,
    round::{self, Round},
};

use crate::{
    builders::{REGION, iam, judged, minute, round},
    databases::on_each_database,
};

async fn record(database: &Database, round: &Round) {
    round::record(database, round, minute(60)).await.unwrap();
}

async fn current(database: &Database, service: &str) -> Current {
    let all = current_status::all(database).await.unwrap();
    all.into_iter().find(|current| current.service == service).unwrap()
}

#[tokio::test]
async fn since_stays_while_the_status_stays_and_moves_when_it_changes() {
    on_each_database(async |store| {
        let history =
            [(0, Status::Up, 0), (1, Status::Up, 0), (2, Status::Down, 2), (4, Status::Up, 4)];
        for (n, status, since) in history {
            record(&store.database, &round(n, [judged("SQS", status)])).await;
            let current = current(&store.database, "SQS").await;
            assert_eq!((current.slot, current.status), (minute(n), status));
            assert_eq!(current.since, minute(since), "after minute {n}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_newest_slot_says_is_what_is_shown() {
    on_each_database(async |store| {
        let cause = Some(model::Failure::Timeout);
        let down = Measurement { cause, ..judged("SQS", Status::Down) };
        record(&store.database, &round(1, [down])).await;
        record(&store.database, &round(0, [judged("SQS", Status::Up)])).await;
        let current = current(&store.database, "SQS").await;
        assert_eq!((current.slot, current.cause, current.latency_us), (minute(1), cause, None));
        assert_eq!(current.region, REGION);
    })
    .await;
}

#[tokio::test]
async fn a_late_judgement_that_was_not_kept_moves_nothing() {
    on_each_database(async |store| {
        for n in 0..3 {
            record(&store.database, &round(n, [iam(Status::Up)])).await;
        }
        let late = Round { region: "eu-west-1".into(), ..round(1, [iam(Status::Down)]) };
        record(&store.database, &late).await;
        assert_eq!(current(&store.database, "IAM").await.since, minute(0));
    })
    .await;
}

/// The slots of a history; with five, a late slot can have two neighbours on either side.
const SLOTS: usize = 5;

/// Names for every history of five slots that ends `up`; its mirror image proves nothing more.
const HISTORIES: [&str; 16] =
    ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"];

/// The status of history `h` in `slot`.
fn status(h: usize, slot: usize) -> Status {
    if (h >> slot) & 1 == 0 { Status::Up } else { Status::Down }
}

/// The first slot of the unbroken row of equal statuses that ends with the newest slot.
fn since(h: usize) -> usize {
    let newest = status(h, SLOTS - 1);
    (0..SLOTS).rev().take_while(|slot| status(h, *slot) == newest).last().unwrap()
}

/// Every order of the numbers below `n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(n - 1);
    let insert_at = |order: &Vec<usize>, place| {
        let mut order = order.clone();
        order.insert(place, n - 1);
        order
    };
    shorter.iter().flat_map(|order| (0..n).map(move |at| insert_at(order, at))).collect()
}

#[tokio::test]
async fn rounds_recorded_in_any_order_give_the_same_since() {
    let orders = orders(SLOTS);
    assert_eq!(orders.len(), 120);
    on_each_database(async |store| {
        // Each order is a region of its own, and each history a service: 1,920 cases at once.
        for (number, order) in orders.iter().enumerate() {
            for &slot in order {
                let judged =
                    HISTORIES.iter().enumerate().map(|(h, name)| judged(name, status(h, slot)));
                let round = round(i64::try_from(slot).unwrap(), judged.collect::<Vec<_>>());
                record(&store.database, &Round { region: number.to_string(), ..round }).await;
            }
        }
        let all = current_status::all(&store.database).await.unwrap();
        assert_eq!(all.len(), orders.len() * HISTORIES.len());
        for current in all {
            let h = HISTORIES.iter().position(|name| *name == current.service).unwrap();
            let order = &orders[current.region.parse::<usize>().unwrap()];
            let expected = minute(i64::try_from(since(h)).unwrap());
            assert_eq!(current.since, expected, "history {h:05b} in the order {order:?}");
            assert_eq!(current.slot, minute(4));
        }
    })
    .await;
}
