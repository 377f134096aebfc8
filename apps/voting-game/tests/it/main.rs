//! The real programs against real queues and tables of the local cloud.
//!
//! `make test` starts that cloud. To run these alone:
//! `.venv/bin/python deploy/local/test_cloud.py -- cargo test -p voting-game`
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test, and what it calls, fails by panicking"
)]

mod dependencies;
mod game;
mod local_cloud;
mod program;
#[path = "../../../../model/tests/it/proxy.rs"]
mod proxy;
mod queue;
