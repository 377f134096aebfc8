//! The program as a process: its settings, its start, its end.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
};

fn api() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    command.env_clear().env("DATABASE_URL", "postgresql://127.0.0.1:9/nothing");
    command
}

fn output(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().expect("a run");
    (status.code(), String::from_utf8(stderr).expect("text"))
}

#[test]
fn malformed_variables_are_all_named_and_the_exit_code_is_2() {
    let mut command = api();
    command.env("API_LISTEN", "here").env("LOG_FORMAT", "xml");
    command.env("DATABASE_URL", "mysql://me:hunter2@db/monitor");
    let (code, errors) = output(&mut command);
    assert_eq!(code, Some(2), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    for name in ["API_LISTEN", "LOG_FORMAT", "DATABASE_URL"] {
        assert!(errors.contains(name), "{errors}");
    }
    assert!(!errors.contains("hunter2"), "{errors}");
}

#[test]
fn an_address_in_use_is_named_and_the_exit_code_is_1() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let (code, errors) = output(api().env("API_LISTEN", &address));
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains(&address) && errors.contains("already in use"), "{errors}");
}

#[test]
fn the_document_can_be_printed() {
    let Output { status, stdout, .. } = api().arg("openapi").output().expect("a run");
    assert!(status.success());
    assert_eq!(
        String::from_utf8(stdout).expect("text"),
        format!("{}\n", api::documents::openapi())
    );
}

#[test]
fn sigterm_ends_it_with_exit_code_0() {
    let mut command = api();
    command.env("API_LISTEN", "127.0.0.1:0").env("LOG_FORMAT", "json").stderr(Stdio::piped());
    let mut child = command.spawn().expect("a process");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    assert!(lines.any(|line| line.expect("text").contains("Listening")));
    terminate(&child);
    assert_eq!(child.wait().expect("an end").code(), Some(0));
}

#[test]
fn sigterm_ends_streams_of_events_too() {
    let mut command = api();
    command.env("API_LISTEN", "127.0.0.1:0").stderr(Stdio::piped());
    let mut child = command.spawn().expect("a process");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let mut line = || lines.next().expect("a line").expect("text");
    let address = loop {
        if let Some((_, address)) = line().split_once("Listening on http://") {
            break address.chars().take_while(|c| !c.is_whitespace()).collect::<String>();
        }
    };
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n").expect("a write");
    let mut answer = [0; 1024];
    while !String::from_utf8_lossy(&answer).contains("retry:") {
        assert!(stream.read(&mut answer).expect("a read") > 0);
    }
    terminate(&child);
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("an end");
    assert!(rest.ends_with("0\r\n\r\n"), "the last chunk of an answer that is whole: {rest}");
    assert_eq!(child.wait().expect("an end").code(), Some(0));
}

fn terminate(child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
}
