//! What can go wrong with a drill.

use std::{io, path::PathBuf};

/// Why scenarios cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that is not there, or that we may not read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A scenario that is none.
    #[error("{}:{line}: {problem}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// Two scenarios of the same name.
    #[error("{0}: more than one scenario has this id")]
    Twice(String),
    /// A program that does not start, or that ends.
    #[error("{program}: {problem}")]
    Program {
        /// Which.
        program: String,
        /// What happened, and where its log is.
        problem: String,
    },
    /// A program of ours that does not answer as it should.
    #[error("{call}: {problem}")]
    Answer {
        /// What was asked.
        call: String,
        /// What came.
        problem: String,
    },
    /// The fault layer has lost what is behind it, so that everything looks like an outage.
    #[error("behind the fault layer, {0} is gone")]
    Upstream(String),
    /// A socket or a file of our own.
    #[error("{what}: {source}")]
    Local {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// A certificate of our own that could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
}

impl Error {
    /// Whether the caller gave us something malformed.
    pub fn is_input(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::Malformed { .. } | Self::Twice(_))
    }

    /// For `map_err`: a socket or a file that failed at `what`.
    pub(crate) fn local(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Local { what, source }
    }
}
