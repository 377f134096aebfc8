//! What Cloud Monitor stores, and every question it asks of the store: one table, one file.
//!
//! The only crate that knows SQL. Every query runs on SQLite and on PostgreSQL; times are UTC.
//!
//! | module | subject |
//! | --- | --- |
//! | [`status`], [`failure`], [`slot`] | the closed sets of words, and the minute a run belongs to |
//! | [`region`], [`service`], [`step`] | the small tables that give names small keys |
//! | [`run`] | claiming a slot, so that a repeated trigger is harmless |
//! | [`round`] | recording all that one run saw and judged, in one transaction |
//! | [`observation`], [`measurement`] | evidence, and judged rows |
//! | [`current_status`] | the newest status of each service, and since when |
//! | [`tally`] | counts of up and down for the first dashboard's two calls |

pub mod current_status;
pub mod cursor;
pub mod database;
mod error;
pub mod failure;
pub mod measurement;
pub mod observation;
pub mod page;
pub mod region;
pub mod round;
pub mod run;
pub mod service;
pub mod slot;
pub mod status;
pub mod step;
pub mod tally;

pub use cursor::Cursor;
pub use database::{Database, DatabaseUrl};
pub use error::Error;
pub use failure::{Failure, Fault, Phase};
pub use page::{Page, PageRequest};
pub use status::{Outcome, Status};
