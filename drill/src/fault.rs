//! A fault: what is broken between whom, for how long, and for which part of the calls.

use std::{fmt, time::Duration};

use serde::Deserialize;

/// What is faulty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// DynamoDB's endpoint.
    Dynamodb,
    /// SQS's endpoint.
    Sqs,
    /// EC2's endpoint: its control plane.
    Ec2,
    /// IAM's endpoint.
    Iam,
    /// Lambda's endpoint.
    Lambda,
    /// The gateway in front of the function.
    Apigateway,
    /// S3's endpoint.
    S3,
    /// The voting game.
    VotingApp,
    /// The quote generator.
    QuoteApp,
    /// The machine under the voting game.
    Instance,
    /// What the monitor reaches that is no part of the cloud.
    Control,
    /// The monitor's own side.
    Local,
    /// Everything between everybody.
    All,
}

impl Target {
    /// Its name in scenarios and in names that are looked up.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dynamodb => "dynamodb",
            Self::Sqs => "sqs",
            Self::Ec2 => "ec2",
            Self::Iam => "iam",
            Self::Lambda => "lambda",
            Self::Apigateway => "apigateway",
            Self::S3 => "s3",
            Self::VotingApp => "voting-app",
            Self::QuoteApp => "quote-app",
            Self::Instance => "instance",
            Self::Control => "control",
            Self::Local => "local",
            Self::All => "all",
        }
    }

    /// Whether it is a service of the provider.
    pub fn is_provider(self) -> bool {
        use Target::*;
        matches!(self, Dynamodb | Sqs | Ec2 | Iam | Lambda | Apigateway | S3)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// The monitor.
    Monitor,
    /// The sample applications.
    Applications,
}

/// Where faults are injected: between a client and what it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Who calls.
    pub client: Client,
    /// What is called: neither `instance`, `local` nor `all`.
    pub target: Target,
}

impl Place {
    /// Between the monitor and `target`.
    pub fn of_monitor(target: Target) -> Self {
        Self { client: Client::Monitor, target }
    }

    /// Between the applications and `target`.
    pub fn of_applications(target: Target) -> Self {
        Self { client: Client::Applications, target }
    }
}

/// What breaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// The name has no address.
    Resolve,
    /// No connection can be made.
    Connect,
    /// The connection is refused.
    Refuse,
    /// Nothing is ever answered.
    Blackhole,
    /// The connection breaks after the request.
    Reset,
    /// A certificate that nobody believes.
    Tls,
    /// Refused with this status.
    Status(u16),
    /// Refused as too many.
    Throttle,
    /// Refused because the monitor's token has expired.
    Credentials,
    /// The monitor's clock is this much ahead.
    Clock {
        /// Negative when it is behind.
        seconds: i64,
    },
    /// Answered later.
    Latency(Tail),
    /// The answer is broken off or garbled.
    Body,
    /// A read is answered with what was there before.
    Stale,
    /// What was accepted is never delivered.
    DropAsync,
    /// What was accepted is delivered later.
    DelayAsync(Tail),
}

impl Kind {
    /// Whether it hits a connection, rather than a request.
    pub fn is_of_connections(self) -> bool {
        matches!(self, Self::Resolve | Self::Connect | Self::Refuse | Self::Blackhole | Self::Tls)
    }

    /// Whether `target` can break in this way.
    pub fn suits(self, target: Target) -> bool {
        use Target::*;
        match self {
            Self::DropAsync | Self::DelayAsync(_) => matches!(target, Sqs | VotingApp),
            Self::Credentials => target.is_provider() || matches!(target, Local | All),
            Self::Clock { .. } => target == Local,
            // The machine's name and certificate are the application's.
            Self::Tls => !matches!(target, Instance | Local | All),
            _ => true,
        }
    }
}

/// A long-tailed draw of times: log-normal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Half of the draws are shorter.
    pub p50: Duration,
    /// One of a hundred is longer.
    pub p99: Duration,
}

impl Tail {
    /// The time that belongs to a draw from the standard normal distribution.
    pub fn at(self, normal: f64) -> Duration {
        /// The standard normal distribution's 99th percentile.
        const P99: f64 = 2.326_347_9;
        let (middle, far) = (self.p50.as_secs_f64().ln(), self.p99.as_secs_f64().ln());
        let seconds = (middle + (far - middle) / P99 * normal).exp();
        // An hour: longer than anybody waits here, and short enough for any timer.
        Duration::from_secs_f64(seconds.min(3600.0))
    }
}

/// One fault of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What is faulty.
    pub target: Target,
    /// What breaks.
    pub kind: Kind,
    /// The first minute.
    pub from: i32,
    /// The minute after the last.
    pub to: i32,
    /// The part of the calls that it hits.
    pub share: f64,
    /// Connections that exist live on.
    pub new_connections_only: bool,
    /// Only these, unless empty.
    pub operations: Vec<String>,
}

impl Fault {
    /// Whether it is there in this minute.
    pub fn is_active(&self, minute: i32) -> bool {
        (self.from..self.to).contains(&minute)
    }

    /// Whether it lies between these two.
    pub fn is_at(&self, place: Place) -> bool {
        match self.target {
            Target::All => true,
            Target::Local => place.client == Client::Monitor,
            Target::Instance => place == Place::of_monitor(Target::VotingApp),
            target => target == place.target,
        }
    }

    /// Whether it concerns an operation.
    pub fn concerns(&self, operation: &str) -> bool {
        self.operations.is_empty() || self.operations.iter().any(|known| known == operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_goes_through_its_percentiles() {
        let tail = Tail { p50: Duration::from_millis(200), p99: Duration::from_millis(900) };
        assert_eq!(tail.at(0.0).as_millis(), 200);
        assert_eq!(tail.at(2.326_347_9).as_millis(), 900);
        assert!(tail.at(40.0) <= Duration::from_secs(3600));
    }
}
