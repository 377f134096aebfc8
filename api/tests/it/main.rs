//! The API over real sockets, on SQLite and, where there is a server, on PostgreSQL.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test ends at its first surprise, and says on which database it was"
)]

mod badges;
mod builders;
mod crowd;
mod crowd_faults;
mod databases;
mod documents;
mod edge;
mod errors;
mod events;
mod feed;
mod incidents;
mod latency;
mod listening;
mod measurements;
mod metrics;
mod observations;
mod outages;
mod overview;
mod process;
mod program;
#[path = "../../../model/tests/it/proxy.rs"]
mod proxy;
mod replacing;
mod replicas;
mod runs;
mod status;
mod streams;
mod uptime;
