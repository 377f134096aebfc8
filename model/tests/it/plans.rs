//! How PostgreSQL answers the main questions: by their indexes, from no part of a table that the
//! question is not about. The plans are those of the statements themselves: the server explains
//! what it did in a notice.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    By, Database, PageRequest, Selection, Status, Width, Window, latency,
    measurement::{self, Filter},
    round::{self, Round},
    tally::{self, Bucket},
    uptime::{self, Question},
};
use serde_json::Value;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

use crate::{
    builders::{REGION, judged, minute, round},
    databases::{TestDatabase, on_empty_postgres},
};

/// The services that each of the three regions has.
const SERVICES: [&str; 8] = ["SQS", "EC2", "S3", "Lambda", "DynamoDB", "IAM", "Quotes", "Votes"];

/// Explains every statement of new connections in a notice, as it was carried out.
const EXPLAIN: [&str; 5] = [
    "session_preload_libraries = 'auto_explain'",
    "auto_explain.log_min_duration = 0",
    "auto_explain.log_format = 'json'",
    "auto_explain.log_analyze = on",
    "client_min_messages = log",
];

/// The plans that the server sends.
#[derive(Clone, Default)]
struct Notices(Arc<Mutex<Vec<Value>>>);

impl<S: Subscriber> Layer<S> for Notices {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::postgres::notice" {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Notices {
    fn record_str(&mut self, _: &Field, text: &str) {
        if let Some((_, plan)) = text.split_once("plan:") {
            self.0.lock().unwrap().push(serde_json::from_str(plan).unwrap());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// How often each way to read a relation was gone: `("Index Scan", "measurement_p20261101")`.
type Scans = BTreeSet<(String, String)>;

/// What the nodes of a plan read that were carried out.
fn scans(node: &Value, found: &mut Scans) {
    if node["Actual Loops"].as_f64() == Some(0.0) {
        return;
    }
    let (kind, relation) = (&node["Node Type"], &node["Relation Name"]);
    if let (Some(kind), Some(relation)) = (kind.as_str(), relation.as_str()) {
        found.insert((kind.to_owned(), relation.to_owned()));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        scans(child, found);
    }
}

/// Three months of three regions: measurements of every tenth minute, whole rollups, and a
/// round of now.
async fn fill(store: &TestDatabase) -> DateTime<Utc> {
    let now = minute(0);
    for n in [-90 * 1_440, -60 * 1_440, -30 * 1_440, -1] {
        let judged = SERVICES.map(|service| judged(service, Status::Up));
        for region in [REGION, "eu-west-1", "ap-south-1"] {
            let round = Round { region: region.into(), ..round(n, judged.clone()) };
            round::record(&store.database, &round, now).await.unwrap();
        }
    }
    let span = format!("'{}'::timestamptz, '{}'::timestamptz", minute(-90 * 1_440), minute(-60));
    let pairs = "(SELECT region_id, service_id FROM current_status) AS pair";
    for statement in [
        format!(
            "INSERT INTO measurement (slot, region_id, service_id, status, latency_us)
            SELECT slot, region_id, service_id, CASE WHEN random() < 0.002 THEN 2 ELSE 0 END, 9
            FROM generate_series({span}, '10 minutes') AS slot, {pairs} ON CONFLICT DO NOTHING"
        ),
        format!(
            "INSERT INTO rollup_hour SELECT hour, region_id, service_id, 15, 0, 0, 0,
                decode(repeat('01', 30), 'hex'), ''
            FROM generate_series({span}, '1 hour') AS hour, {pairs}"
        ),
        format!(
            "INSERT INTO rollup_day SELECT day, 360, 0, 0, 0, region_id, service_id, ''
            FROM generate_series(date_trunc('day', '{}'::timestamptz, 'UTC'),
                '{}', '1 day') AS day, {pairs}",
            minute(-90 * 1_440),
            minute(-1_440),
        ),
        format!("DELETE FROM rollup_due WHERE start < '{}'", minute(-60)),
        "ANALYZE".to_owned(),
    ] {
        store.meddle(&format!("SET LOCAL statement_timeout = 0; {statement}")).await;
    }
    now
}

/// A filled database, and a pool whose statements the server explains.
async fn explained(test: impl AsyncFn(&Database, DateTime<Utc>)) {
    on_empty_postgres(async |store, url| {
        migration::up(&store.database).await.unwrap();
        let now = fill(store).await;
        let name = url.rsplit_once('/').unwrap().1.split('?').next().unwrap();
        for setting in EXPLAIN {
            store.meddle(&format!("ALTER DATABASE {name} SET {setting}")).await;
        }
        test(&store.another_pool().await, now).await;
    })
    .await;
}

/// The plans of what `ask` asks.
async fn plans_of<T>(
    database: &Database,
    ask: impl AsyncFn(&Database) -> Result<T, model::Error>,
) -> Vec<Value> {
    let notices = Notices::default();
    let subscriber = tracing_subscriber::registry().with(notices.clone());
    let _listening = tracing::subscriber::set_default(subscriber);
    ask(database).await.unwrap();
    let plans = std::mem::take(&mut *notices.0.lock().unwrap());
    assert!(!plans.is_empty(), "the server explained nothing");
    plans
}

/// What `ask` reads of the large tables, without the small ones that are read whole.
async fn scans_of<T>(
    database: &Database,
    ask: impl AsyncFn(&Database) -> Result<T, model::Error>,
) -> Scans {
    let mut found = Scans::new();
    let plans = plans_of(database, ask).await;
    plans.iter().for_each(|plan| scans(&plan["Plan"], &mut found));
    let large = ["measurement_p", "observation_p", "rollup_hour", "rollup_day"];
    found.retain(|(_, relation)| large.iter().any(|large| relation.starts_with(large)));
    found
}

/// The relations that were read, none of them from its start to its end.
fn by_index(scans: &Scans) -> BTreeSet<&str> {
    assert!(scans.iter().all(|(kind, _)| kind != "Seq Scan"), "{scans:?}");
    scans.iter().map(|(_, relation)| relation.as_str()).collect()
}

#[tokio::test]
async fn the_main_questions_use_their_indexes_and_prune() {
    explained(async |database, now| {
        let november = "measurement_p20261101";

        let read = scans_of(database, async |store| tally::recent(store, now).await).await;
        assert_eq!(by_index(&read), [november, "rollup_hour"].into());

        let here = Selection { region: Some(REGION.into()), ..Selection::default() };
        let day = Window::newest(now, TimeDelta::days(1));
        let ask = async |store: &Database| tally::series(store, &here, day, Bucket::Minute).await;
        let read = scans_of(database, ask).await;
        assert_eq!(by_index(&read), [november, "rollup_hour"].into());

        let question = Question {
            selection: here,
            window: Window::before(now, TimeDelta::days(30)),
            by: By::Both,
            width: Some(Width::Day),
        };
        let ask = async |store: &Database| uptime::of(store, &question, now).await;
        let read = scans_of(database, ask).await;
        assert_eq!(by_index(&read), [november, "rollup_day", "rollup_hour"].into());

        let service = Some("SQS".into());
        let selection = Selection { service, ..question.selection.clone() };
        let question = Question { selection, width: Some(Width::Hour), ..question.clone() };
        let ask = async |store: &Database| latency::of(store, &question, now).await;
        let read = scans_of(database, ask).await;
        assert_eq!(by_index(&read), [november, "rollup_hour"].into());

        let newest = round::newest(database).await.unwrap();
        let ask = async |store: &Database| round::since(store, newest - 3, 100).await;
        let read = scans_of(database, ask).await;
        assert_eq!(by_index(&read), [november].into());

        let page = PageRequest { limit: 100, after: None };
        let one = Filter {
            region: Some(REGION.into()),
            service: Some("SQS".into()),
            ..Filter::default()
        };
        let october = Filter {
            from: Some(minute(-40 * 1_440)),
            to: Some(minute(-30 * 1_440)),
            ..one.clone()
        };
        for (filter, month) in
            [(Filter::default(), november), (one, november), (october, "measurement_p20261001")]
        {
            let ask = async |store: &Database| measurement::list(store, &filter, &page).await;
            let read = scans_of(database, ask).await;
            assert_eq!(by_index(&read), [month].into(), "{filter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_down_is_found_by_the_index_of_what_was_not_up() {
    explained(async |database, _| {
        let filter = Filter { status: Some(Status::Down), ..Filter::default() };
        let page = PageRequest { limit: 10, after: None };
        let ask = async |store: &Database| measurement::list(store, &filter, &page).await;
        let plans = serde_json::to_string(&plans_of(database, ask).await).unwrap();
        // Its name on a part of the table, as PostgreSQL makes it up.
        let index = "measurement_p20261101_slot_region_id_service_id_idx";
        assert!(plans.contains(index), "{plans}");
    })
    .await;
}
