//! Taking over the history of another system, from a real PostgreSQL into both kinds of database.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at its first surprise, and says on which database it was"
)]

mod again;
mod arguments;
mod databases;
mod folding;
mod interrupted;
mod malformed;
mod rounds;
mod source;
mod standing;
