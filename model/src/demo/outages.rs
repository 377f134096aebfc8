//! The outages of a demonstration that a visitor should see.

use chrono::{DateTime, Utc};

use crate::{
    Failure::{self, *},
    Fault,
    Status::{self, *},
    explanation::{Explanation, Planes},
    import::Subject,
    service::Kind,
    slot,
};

/// An outage that is told.
#[derive(Debug)]
pub(super) struct Outage {
    pub(super) region: &'static str,
    /// Those that are to blame.
    services: &'static [&'static str],
    /// The application that suffers from the first of them.
    application: Option<&'static str>,
    /// Minutes before the database was filled; negative ones are still to come.
    minutes: std::ops::Range<i64>,
    pub(super) status: Status,
    pub(super) cause: Failure,
    fault: Fault,
    reason: &'static str,
}

/// The newest are the ones that the overview opens with.
const OUTAGES: [Outage; 6] = [
    Outage {
        region: "us-east-1",
        services: &["DynamoDB"],
        application: Some("SQS + EC2 Voting Game"),
        minutes: -35..14,
        status: Down,
        cause: Resolve,
        fault: Fault::Provider,
        reason: "every attempt fails: the name does not resolve",
    },
    Outage {
        region: "eu-west-1",
        services: &["Lambda"],
        application: None,
        minutes: -90..52,
        status: Degraded,
        cause: Slow,
        fault: Fault::Provider,
        reason: "answers take three times as long as usual",
    },
    Outage {
        region: "ap-southeast-2",
        services: &["SQS"],
        application: None,
        minutes: 1_500..1_590,
        status: Unknown,
        cause: Local,
        fault: Fault::Ours,
        reason: "the monitor could not try: no socket was left",
    },
    // As on 20 October 2025: one record is gone, and what is built on it goes as well.
    Outage {
        region: "us-east-1",
        services: &["DynamoDB", "Lambda", "SQS", "EC2"],
        application: Some("SQS + EC2 Voting Game"),
        minutes: 38_880..39_030,
        status: Down,
        cause: Resolve,
        fault: Fault::Provider,
        reason: "every attempt fails: the name does not resolve",
    },
    Outage {
        region: "us-east-1",
        services: &["EC2", "Lambda"],
        application: None,
        minutes: 38_100..38_880,
        status: Degraded,
        cause: Throttled,
        fault: Fault::Provider,
        reason: "a share of the attempts is throttled",
    },
    Outage {
        region: "us-west-2",
        services: &["S3"],
        application: Some("S3 File Serving"),
        minutes: 92_000..92_240,
        status: Down,
        cause: Http5xx,
        fault: Fault::Provider,
        reason: "every attempt is answered with an error of the server",
    },
];

/// The outage that a subject is in, at a slot.
pub(super) fn told(
    subject: &Subject,
    at: DateTime<Utc>,
    filled: DateTime<Utc>,
) -> Option<&'static Outage> {
    let mut all = OUTAGES.iter();
    let before = (slot::containing(filled) - at).num_minutes();
    all.find(|outage| outage.concerns(subject) && outage.minutes.contains(&before))
}

impl Outage {
    fn concerns(&self, subject: &Subject) -> bool {
        let name = subject.service.as_str();
        self.region == subject.region
            && (self.services.contains(&name) || self.application == Some(name))
    }

    /// Why one of its subjects is not up.
    pub(super) fn explains(&self, subject: &Subject) -> Explanation {
        let suffers = subject.kind == Kind::Application;
        let suspect = self.services.first().filter(|_| suffers);
        let whole = (!suffers).then_some(self.status);
        // What is only slow or throttled is so where it is used, not where it is set.
        let control = whole.map(|status| if status == Degraded { Up } else { status });
        Explanation {
            reason: suspect
                .map_or(self.reason.into(), |name| format!("explained by {name}").into()),
            rule: 0,
            fault: suspect.is_none().then_some(self.fault),
            suspect: suspect.map(|name| (*name).into()),
            planes: Planes { control, data: whole, end_to_end: whole },
        }
    }
}
