//! The process starts, or says in one line why not.

use std::{net::TcpListener, time::Duration};

use chrono::Utc;
use model::demo;

use crate::{
    databases::Store,
    process::{Process, command, output},
    program::{all_at, request, send},
    target::nobody,
};

#[test]
fn missing_and_malformed_variables_are_all_named_in_one_line_and_the_exit_code_is_2() {
    let mut command = command();
    command
        .env("DATABASE_URL", "mysql://me:hunter2@db/monitor")
        .env("TM_SQS_SLEEP", "soon")
        .env("TM_VOTING_API_URL", "voting")
        .env("TM_S3_FILE_URL", "http://me:hunter2@bucket/")
        .env("TM_ROUND_DEADLINE", "0")
        .env("TM_AWS_ACCESS_KEY_ID", "AKIA")
        .env("RUNNER_LISTEN", "here")
        .env("LOG_FORMAT", "xml");
    let (code, errors) = output(&mut command);
    assert_eq!(code, Some(2), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    for name in [
        "TM_REGION",
        "DATABASE_URL",
        "TM_SQS_SLEEP",
        "TM_VOTING_API_URL",
        "TM_S3_FILE_URL",
        "TM_ROUND_DEADLINE",
        "TM_AWS_SECRET_ACCESS_KEY",
        "RUNNER_LISTEN",
        "LOG_FORMAT",
    ] {
        assert!(errors.contains(name), "{name} in {errors}");
    }
    assert!(!errors.contains("hunter2"), "{errors}");
}

#[test]
fn a_second_process_on_the_same_port_says_so_and_the_exit_code_is_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let mut command = command();
    command.current_dir(folder.path()).env("TM_REGION", "us-east-1");
    let (code, errors) = output(command.env("RUNNER_LISTEN", &address));
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains(&address) && errors.contains("already in use"), "{errors}");
}

#[tokio::test]
async fn what_is_real_is_not_recorded_into_a_demonstration() {
    let store = Store::new().await;
    demo::fill(&store.database, 1, Utc::now()).await.unwrap();
    let mut command = command();
    command.env("TM_REGION", "us-east-1").env("DATABASE_URL", &store.url);
    let (code, errors) = output(command.env("RUNNER_LISTEN", "127.0.0.1:0"));
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("made up") && errors.contains("DATABASE_URL"), "{errors}");
}

#[test]
fn unknown_arguments_are_refused() {
    let (code, errors) = output(command().arg("--region=us-east-1"));
    assert_eq!(code, Some(2), "{errors}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_nothing_reachable_it_starts_and_says_what_is_away() {
    let store = Store::new().await;
    let mut variables = all_at(&format!("http://{}", nobody()));
    let database = format!("postgresql+psycopg2://me:hunter2@{}/monitor", nobody());
    variables.push(("DATABASE_URL", database));
    variables.push(("TM_TRIGGER_TOKEN", "open-sesame".into()));
    let mut process = Process::start(&store, &variables);
    let alive = send(request(process.address, "GET", "/livez")).await;
    assert_eq!(alive.status, 200);
    let ready = send(request(process.address, "GET", "/readyz")).await;
    assert_eq!((ready.status, &ready.json["checks"][0]["ready"]), (503, &false.into()));
    process.terminate();
    assert_eq!(process.wait(Duration::from_secs(5)), Some(0));
    let log = process.log();
    assert!(!log.contains("hunter2") && !log.contains("open-sesame"), "{log}");
    assert!(!log.contains("wJalrXUtnFEMI"), "{log}");
}
