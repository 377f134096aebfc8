//! The verdict: what a round's observations say about each service and application.
//!
//! A pure function of the observations of a round, of those of the recent rounds, and of what is
//! normal: no clock, no store, no network. The same evidence gives the same verdict for ever, so
//! that stored rounds can be judged again, as of any past moment, by a better rule.
//!
//! Read the rule in this order:
//!
//! | module | says |
//! | --- | --- |
//! | [`catalogue`] | what each step of each probe needs, and how |
//! | `ours` | whether it is us: resolver, network, clock, account |
//! | `history` | the rounds, step by step: what works, what fails, what accuses whom |
//! | `share` | a share of the attempts fails, over some slots |
//! | [`slow`] | far slower than normal |
//! | `direct` | what the direct calls of a service say |
//! | `front` | what our applications say about the service that stands in front of them |
//! | `service`, `application` | the verdict on each |
//! | `planes` | how the parts of a service stand, each by itself |

mod application;
pub mod catalogue;
mod direct;
mod evidence;
mod front;
mod history;
mod judgement;
mod ours;
mod planes;
mod reason;
mod service;
mod share;
pub mod slow;

pub use catalogue::{Need, PROBES, Probe, Step, Subject, Use};
pub use evidence::{Evidence, Past};
pub use judgement::{StepName, Verdict, judge};
pub use reason::Reason;
pub use slow::{Normal, Normals};

/// The rule's version: grows whenever the same evidence may give another verdict.
pub const VERSION: i16 = 2;

#[cfg(test)]
mod tests;
