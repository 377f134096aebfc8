//! The task runner: a scheduler's call becomes a round of probes, a judgement, and rows.
//!
//! Read a measurement's way in this order:
//!
//! | module | does |
//! | --- | --- |
//! | [`http`] | takes the trigger; [`trigger`] finds its slot |
//! | [`runner`] | claims the slot, runs every probe of the [`registry`] at once, ends on time |
//! | [`probes`] | one a file: small customers, whose steps are attempted through [`context`] |
//! | [`attempt`] | one attempt of a step: timed exchanges over [`net`], or by the provider's SDK |
//! | `confirmation`, `sampling` | a failed step is attempted again, a troubled probe runs more often |
//! | `memory` | the slots before, and what is usual; the verdict on them is the crate `verdict` |
//! | [`keeping`] | the rows go to the database, or to the [`journal`] until it is back |
//! | [`judging`] | stored rounds are judged again by a newer rule: `task-runner judge` |
//! | `maintaining` | rollups and retention, after a round and beside the next |

pub mod attempt;
mod clock;
pub mod config;
mod confirmation;
pub mod context;
pub mod error;
pub mod http;
pub mod journal;
pub mod judging;
pub mod keeping;
mod maintaining;
mod memory;
mod metrics;
pub mod net;
pub mod probes;
mod provider;
mod refusal;
pub mod registry;
pub mod runner;
mod sampling;
mod signing;
pub mod trigger;
