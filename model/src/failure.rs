//! Why a step failed: a closed set, decided where the failure happens.

use poem_openapi::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Why a step failed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Enum,
    EnumIter,
    DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Failure {
    /// The name did not resolve.
    #[sea_orm(num_value = 0)]
    Resolve,
    /// No connection: refused, unreachable.
    #[sea_orm(num_value = 1)]
    Connect,
    /// The TLS handshake failed: certificate, name, protocol.
    #[sea_orm(num_value = 2)]
    Tls,
    /// No answer before the deadline; the phase says what was waited for.
    #[sea_orm(num_value = 3)]
    Timeout,
    /// The connection was closed or reset before the answer was complete.
    #[sea_orm(num_value = 4)]
    Reset,
    /// What came back is not HTTP.
    #[sea_orm(num_value = 5)]
    Protocol,
    /// The answer was a 5xx.
    #[sea_orm(num_value = 6)]
    #[serde(rename = "http_5xx")]
    #[oai(rename = "http_5xx")]
    Http5xx,
    /// The answer was a 4xx that none of the other failures names.
    #[sea_orm(num_value = 7)]
    #[serde(rename = "http_4xx")]
    #[oai(rename = "http_4xx")]
    Http4xx,
    /// The answer was neither the expected status nor a 4xx or 5xx: a redirect, for example.
    #[sea_orm(num_value = 8)]
    HttpStatus,
    /// The provider refuses calls for their number: ours, or everybody's.
    #[sea_orm(num_value = 9)]
    Throttled,
    /// Our credentials are missing, expired, wrong, or not allowed to do this.
    #[sea_orm(num_value = 10)]
    Credentials,
    /// The answer has the wrong content.
    #[sea_orm(num_value = 11)]
    Body,
    /// The answer is larger than a probe reads.
    #[sea_orm(num_value = 12)]
    Oversized,
    /// What was read is old: a value that a newer one was written over, or, of a status, the newest
    /// measurement.
    #[sea_orm(num_value = 13)]
    Stale,
    /// What was written did not become readable in time.
    #[sea_orm(num_value = 14)]
    NotVisible,
    /// The function ran and failed, or could not be started.
    #[sea_orm(num_value = 15)]
    FunctionError,
    /// The instance is not running, or its status checks fail.
    #[sea_orm(num_value = 16)]
    Impaired,
    /// What the probe was told to use does not exist or cannot be used: a wrong name, address or id.
    #[sea_orm(num_value = 17)]
    Configuration,
    /// The monitor itself could not do it: no socket, no memory, cut off by its own shutdown.
    #[sea_orm(num_value = 18)]
    Local,
    /// The monitor's clock is off, so that its signatures or other people's certificates fail.
    #[sea_orm(num_value = 19)]
    Clock,
    /// It works, but takes far longer than usual. Said of measurements, never of one attempt.
    #[sea_orm(num_value = 20)]
    Slow,
    /// A share of the attempts fails. Said of measurements, never of one attempt.
    #[sea_orm(num_value = 21)]
    Intermittent,
    /// No run came: the scheduler, the runner or the database is away. Said at reading, never
    /// recorded.
    #[sea_orm(num_value = 22)]
    MissingRun,
}

/// Who can be to blame for a failure.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Enum, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Fault {
    /// The provider, as far as can be told.
    #[sea_orm(num_value = 0)]
    Provider,
    /// We: our account, our settings, our machine, our programs.
    #[sea_orm(num_value = 1)]
    Ours,
    /// Nobody can say.
    #[sea_orm(num_value = 2)]
    Unclear,
}

impl Failure {
    /// Who can be to blame, judging by this failure alone.
    ///
    /// A name that does not resolve is unclear: only the other names of the round tell
    /// whether the record or our resolver is gone.
    pub fn fault(self) -> Fault {
        use Failure::*;
        match self {
            Connect | Tls | Timeout | Reset | Protocol | Http5xx | Stale | NotVisible
            | Impaired | Slow | Intermittent => Fault::Provider,
            Credentials | Configuration | Local | Clock | MissingRun => Fault::Ours,
            // The code of a function that fails is ours; what runs it is not. One service that
            // refuses for the number of calls sheds load; all of them, and it is our account.
            Resolve | Throttled | Http4xx | HttpStatus | Body | Oversized | FunctionError => {
                Fault::Unclear
            }
        }
    }

    /// The failure in words, for a sentence about it.
    pub fn words(self) -> &'static str {
        use Failure::*;
        match self {
            Resolve => "the name does not resolve",
            Connect => "the connection is refused",
            Tls => "the TLS handshake fails",
            Timeout => "there is no answer in time",
            Reset => "the connection breaks",
            Protocol => "the answer is not HTTP",
            Http5xx => "the answer is a 5xx",
            Http4xx => "the answer is a 4xx",
            HttpStatus => "the answer has an unexpected status",
            Throttled => "calls are refused for their number",
            Credentials => "our credentials are refused",
            Body => "the answer has the wrong content",
            Oversized => "the answer is too large",
            Stale => "an old value is read",
            NotVisible => "what was written does not become readable",
            FunctionError => "the function fails",
            Impaired => "the instance is impaired",
            Configuration => "a name, address or id of ours is wrong",
            Local => "the monitor could not do it",
            Clock => "the monitor's clock is off",
            Slow => "it takes far longer than usual",
            Intermittent => "a share of the attempts fails",
            MissingRun => "no run came",
        }
    }
}

/// A part of one HTTP exchange, in the order in which they happen.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Enum,
    EnumIter,
    DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Phase {
    /// Finding the addresses of the name.
    #[sea_orm(num_value = 0)]
    Resolve,
    /// Opening the TCP connection.
    #[sea_orm(num_value = 1)]
    Connect,
    /// The TLS handshake; absent on plain HTTP.
    #[sea_orm(num_value = 2)]
    Tls,
    /// Sending the request, up to the answer's head.
    #[sea_orm(num_value = 3)]
    Processing,
    /// Reading the answer's body.
    #[sea_orm(num_value = 4)]
    Transfer,
}
