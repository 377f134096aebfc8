//! What the store promises, on SQLite and on PostgreSQL, with the real migrations.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at its first surprise, and says on which database it was"
)]

mod announcing;
mod bounds;
mod builders;
mod claims;
mod databases;
mod demonstrations;
mod explanations;
mod histories;
mod incidents;
mod maintaining;
mod measurements;
mod naive;
mod observations;
mod outages;
mod packing;
mod plans;
mod proxy;
mod replacing;
mod rounds;
mod runs;
mod sample;
mod schema;
mod since;
mod tallies;
mod words;
