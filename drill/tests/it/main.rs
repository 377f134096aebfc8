//! The drill's claim: what a scenario breaks is seen as that failure by the real task runner, at
//! the step that it concerns, and at no other.
//!
//! Beside the programs of the workspace these tests need the local cloud's Python (`make check`).
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends at its first surprise")]

mod faults;
mod played;
mod program;
mod stage;
