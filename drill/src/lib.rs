//! The drill: plays outages against the real programs, and scores what they say about them.
//!
//! A [scenario](scenario::Scenario) says what is broken when, and what a good monitor says. The
//! [fault layer](layer) stands between the monitor, the applications and the cloud, and breaks
//! things on the wire. A [world](world::World) is everything that runs; [play] takes it through a
//! scenario slot by slot, and [score] compares what was recorded with the truth.

pub mod bars;
pub mod error;
pub mod fault;
pub mod layer;
pub mod naive;
pub mod pace;
pub mod play;
pub mod record;
pub mod report;
pub mod scenario;
pub mod score;
pub mod selection;
pub mod world;
