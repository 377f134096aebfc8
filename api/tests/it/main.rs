//! The API over real sockets, on SQLite and, where there is a server, on PostgreSQL.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test ends at its first surprise, and says on which database it was"
)]

mod builders;
mod databases;
mod documents;
mod edge;
mod errors;
mod events;
mod feed;
mod listening;
mod measurements;
mod metrics;
mod observations;
mod outages;
mod overview;
mod process;
mod program;
mod status;
mod streams;
