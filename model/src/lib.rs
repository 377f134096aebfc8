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
//! | [`status_change`] | every change of it, in the order of recording |
//! | [`explanation`] | why each service stands as it does, and how its parts do |
//! | [`incident`] | spans in which something was not up, one for each cause |
//! | [`listener`] | hearing of rounds as they are recorded |
//! | [`window`], [`selection`] | what a question about history is about: when, and which services |
//! | [`uptime`], [`latency`] | shares of good slots, and percentiles, over windows up to years |
//! | [`tally`] | counts of up and down for the first dashboard's two calls |
//! | [`rejudge`], [`usual`] | what stored rounds saw, put right by a newer rule; usual latencies |
//! | [`maintenance`] | rollups, parts of tables made ahead, and retention |
//! | [`import`] | taking the history of another system over, batch by batch |
//! | [`sample`] | a made-up history, for benchmarks, demonstrations and tests |
//! | [`storage`] | how much room history takes |
//! | [`rollup`] | measurements folded into hours and days, which those three read |

mod counts;
pub mod current_status;
pub mod cursor;
pub mod database;
pub mod demo;
mod error;
pub mod explanation;
pub mod failure;
mod history;
pub mod import;
pub mod incident;
pub mod latency;
pub mod listener;
pub mod maintenance;
pub mod measurement;
pub mod observation;
pub mod page;
mod partition;
pub mod region;
pub mod rejudge;
mod retention;
pub mod rollup;
pub mod round;
pub mod run;
pub mod sample;
pub mod selection;
pub mod service;
pub mod slot;
pub mod status;
pub mod status_change;
pub mod step;
pub mod storage;
pub mod tally;
pub mod uptime;
pub mod usual;
pub mod window;

pub use counts::Counts;
pub use cursor::Cursor;
pub use database::{Database, DatabaseUrl};
pub use error::Error;
pub use explanation::{Explanation, Planes};
pub use failure::{Failure, Fault, Phase};
pub use listener::Listener;
pub use page::{Page, PageRequest};
pub use retention::Retention;
pub use selection::{By, Selection, Subject};
pub use status::{Outcome, Status};
pub use window::{Width, Window};
