//! HTTP with a stopwatch: every exchange on a fresh connection, every phase border measured.
//!
//! No general client exposes the phases, so resolver, socket, TLS and `hyper::client::conn` are
//! driven here one after the other. The provider's SDK runs on the same wire (see [`sdk`]), so a
//! direct call and an application step are measured alike.

mod clocks;
pub mod dns;
mod exchange;
pub mod sdk;
mod tcp;
mod tls;
mod wire;

pub(crate) use exchange::microseconds;
pub use exchange::{Answer, Exchange, Failed, MAX_BODY};
pub use tls::Trust;
pub use wire::Wire;
