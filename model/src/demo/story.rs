//! What happens in a demonstration: outages by chance, and those that are told.

use chrono::{DateTime, Utc};

use super::outages::{Outage, told};
use crate::{
    Status,
    import::Subject,
    measurement::Measurement,
    region,
    sample::course::{self, Seen},
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
) -> Seen {
    let usual = course::latency_us(index, slot);
    if let Some(Outage { status, cause, .. }) = told(subject, slot, filled) {
        let (status, latency_us, _) = course::seen(*status, usual);
        return (status, latency_us, Some(*cause));
    }
    let chance = (brings_chance(index, slot, filled) && subject.kind == Kind::Service)
        .then(|| course::outage(index, slot));
    course::seen(chance.flatten().unwrap_or(Status::Up), usual)
}

/// One day in four, a service has the outages that chance brings: a cloud's services are calm. Around
/// the time of filling there is what is told, and nothing else.
fn brings_chance(index: u64, slot: DateTime<Utc>, filled: DateTime<Utc>) -> bool {
    let day = slot.timestamp().div_euclid(86_400).cast_unsigned();
    let since = (slot - filled).num_minutes();
    (index + day).is_multiple_of(4) && !(-180..120).contains(&since)
}

/// What the runner of a region judges in a slot. The first one's judges the global service.
pub(super) fn judged(region: &str, slot: DateTime<Utc>, filled: DateTime<Utc>) -> Vec<Measurement> {
    let mine = |subject: &Subject| {
        subject.region == region || (subject.region == region::GLOBAL && region == REGIONS[0])
    };
    let all = (1..).zip(subjects());
    all.filter(|(_, subject)| mine(subject))
        .map(|(index, subject)| said(&subject, at((index, &subject), slot, filled), (slot, filled)))
        .collect()
}

/// What is said of what was seen of a subject in a slot.
pub(super) fn said(
    subject: &Subject,
    (status, latency_us, cause): Seen,
    (slot, filled): (DateTime<Utc>, DateTime<Utc>),
) -> Measurement {
    Measurement {
        global: subject.region == region::GLOBAL,
        explanation: told(subject, slot, filled).map(|outage| outage.explains(subject)),
        service: subject.service.clone().into(),
        kind: subject.kind,
        status,
        latency_us,
        cause,
    }
}
