//! The shared HTTP edge over real sockets.
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends at its first surprise")]

mod crowding;
mod errors;
mod server;
mod support;
