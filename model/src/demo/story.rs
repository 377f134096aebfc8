//! What happens in a demonstration: chance, and some outages that a visitor should see.

use chrono::{DateTime, Utc};

use crate::{
    Failure::{self, *},
    Status::{self, *},
    import::Subject,
    measurement::Measurement,
    region,
    sample::course,
    service::Kind,
};

/// The regions, as a runner each judges them.
pub(super) const REGIONS: [&str; 10] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "eu-central-1",
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "sa-east-1",
];

const SERVICES: [&str; 6] = ["API Gateway", "DynamoDB", "EC2", "Lambda", "S3", "SQS"];

const APPLICATIONS: [&str; 4] = [
    "EC2 Bezos Quote Generator",
    "Lambda Random Shade Generator",
    "S3 File Serving",
    "SQS + EC2 Voting Game",
];

const GLOBAL_SERVICE: &str = "IAM";

/// An outage that belongs to the story.
struct Outage {
    region: &'static str,
    services: &'static [&'static str],
    /// Minutes before the database was filled; negative ones are still to come.
    minutes: std::ops::Range<i64>,
    status: Status,
    cause: Failure,
}

/// The newest are the ones that the overview opens with.
const OUTAGES: [Outage; 6] = [
    Outage {
        region: "us-east-1",
        services: &["DynamoDB", "SQS + EC2 Voting Game"],
        minutes: -35..14,
        status: Down,
        cause: Resolve,
    },
    Outage {
        region: "eu-west-1",
        services: &["Lambda"],
        minutes: -90..52,
        status: Degraded,
        cause: Timeout,
    },
    Outage {
        region: "ap-southeast-2",
        services: &["SQS"],
        minutes: 1_500..1_590,
        status: Unknown,
        cause: Local,
    },
    // As on 20 October 2025: one record is gone, and what is built on it goes as well.
    Outage {
        region: "us-east-1",
        services: &["DynamoDB", "Lambda", "SQS", "EC2", "SQS + EC2 Voting Game"],
        minutes: 46_080..46_230,
        status: Down,
        cause: Resolve,
    },
    Outage {
        region: "us-east-1",
        services: &["EC2", "Lambda"],
        minutes: 45_300..46_080,
        status: Degraded,
        cause: Throttled,
    },
    Outage {
        region: "us-west-2",
        services: &["S3", "S3 File Serving"],
        minutes: 92_000..92_240,
        status: Down,
        cause: Http5xx,
    },
];

/// Everything that is judged, each in its region.
pub(super) fn subjects() -> Vec<Subject> {
    let subject = |region: &str, service: &str, kind| Subject {
        region: region.into(),
        service: service.into(),
        kind,
    };
    let mut all = vec![subject(region::GLOBAL, GLOBAL_SERVICE, Kind::Service)];
    for region in REGIONS {
        all.extend(SERVICES.map(|service| subject(region, service, Kind::Service)));
        all.extend(APPLICATIONS.map(|service| subject(region, service, Kind::Application)));
    }
    all
}

/// What is measured in a slot of the subject at `index` of [`subjects`].
pub(super) fn at(
    (index, subject): (u64, &Subject),
    slot: DateTime<Utc>,
    filled: DateTime<Utc>,
) -> (Status, Option<i32>, Option<Failure>) {
    let before = (filled - slot).num_minutes();
    let told = OUTAGES.iter().find(|outage| {
        outage.region == subject.region
            && outage.services.contains(&subject.service.as_str())
            && outage.minutes.contains(&before)
    });
    let (status, latency_us, cause) = course::at(index, slot);
    match told {
        None => (status, latency_us, cause),
        Some(Outage { status: Degraded, cause, .. }) => {
            // Degraded is slow: what an exchange takes otherwise, about four times over.
            (Degraded, Some(latency_us.unwrap_or(60_000).saturating_mul(4)), Some(*cause))
        }
        Some(Outage { status, cause, .. }) => (*status, None, Some(*cause)),
    }
}

/// What the runner of a region judges in a slot. The first one's judges the global service.
pub(super) fn judged(region: &str, slot: DateTime<Utc>, filled: DateTime<Utc>) -> Vec<Measurement> {
    let mine = |subject: &Subject| {
        subject.region == region || (subject.region == region::GLOBAL && region == REGIONS[0])
    };
    let all = (1..).zip(subjects());
    all.filter(|(_, subject)| mine(subject))
        .map(|(index, subject)| {
            let (status, latency_us, cause) = at((index, &subject), slot, filled);
            Measurement {
                global: subject.region == region::GLOBAL,
                service: subject.service.into(),
                kind: subject.kind,
                status,
                latency_us,
                cause,
            }
        })
        .collect()
}
