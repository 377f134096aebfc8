//! Why a verdict is what it is, in words.

use std::fmt;

use model::{Failure, Fault, service::Kind};

/// Why a verdict is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What was tried works.
    Works,
    /// Whatever was tried fails.
    Fails(Failure),
    /// Some of it works, some fails: operations, planes, or one of several instances.
    PartlyFails(Failure),
    /// What was accepted does not come out.
    NotDelivered,
    /// The provider refuses calls for their number, which is small.
    Sheds,
    /// A share of the attempts of the recent slots fails.
    Share {
        /// Those that failed.
        failed: u32,
        /// All that were made.
        tried: u32,
    },
    /// It takes this many times as long as usual.
    Slow(u32),
    /// What failed is ours, and nothing else speaks.
    Ours(Failure),
    /// The failure does not say whose it is.
    Unclear(Failure),
    /// The failure of another service explains it.
    Explained(String),
    /// Nothing was seen.
    NoEvidence,
}

impl Reason {
    /// Whose fault it is, of a service or of an application of ours; absent where nothing is
    /// wrong, nothing was seen, or another service explains it.
    pub fn fault(&self, of: Kind) -> Option<Fault> {
        match (self, of) {
            (Self::Works | Self::Explained(_) | Self::NoEvidence, _) => None,
            (Self::Ours(_), _) => Some(Fault::Ours),
            (Self::Unclear(_), _) => Some(Fault::Unclear),
            (_, Kind::Service) => Some(Fault::Provider),
            (_, Kind::Application) => Some(Fault::Ours),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Works => f.write_str("it works"),
            Self::Fails(failure) => write!(f, "every attempt fails: {}", failure.words()),
            Self::PartlyFails(failure) => write!(f, "a part of it fails: {}", failure.words()),
            Self::NotDelivered => f.write_str("what it accepts does not come out"),
            Self::Sheds => f.write_str("it refuses calls for their number, which is small"),
            Self::Share { failed, tried } => write!(f, "{failed} of {tried} attempts fail"),
            Self::Slow(times) => write!(f, "it takes {times} times as long as usual"),
            Self::Ours(failure) => write!(f, "the fault is ours: {}", failure.words()),
            Self::Unclear(failure) => write!(f, "nobody can say whose fault: {}", failure.words()),
            Self::Explained(service) => write!(f, "{service} explains what fails"),
            Self::NoEvidence => f.write_str("nothing was seen"),
        }
    }
}
