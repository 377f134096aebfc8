//! The runner over real sockets: what it sees of broken targets, and what becomes of its rounds.
//!
//! The modules named `cloud_…` run against the local cloud, see [`cloud`].
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends at its first surprise, and says on which database it was"
)]

mod certificates;
mod cloud;
mod databases;
mod name_server;
mod process;
mod program;
mod provider;
#[path = "../../../model/tests/it/proxy.rs"]
mod proxy;
mod target;

mod accumulation;
mod application_faults;
mod cloud_rounds;
mod confirmation;
mod control;
mod database_away;
mod delays;
mod duplicates;
mod faults;
mod judging;
mod names;
mod operations;
mod refusals;
mod registry;
mod rounds;
mod s3_calls;
mod sdk_calls;
mod service_faults;
mod slowness;
mod starting;
mod stopping;
mod tls_faults;
