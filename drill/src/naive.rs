//! The naive rule, for comparison: an application that is up shows that its services are up; else
//! each service is asked directly; else it is down.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    record::{Judged, Observation, Probe, Record},
    scenario::Status,
};

/// What the naive rule says about the same observations.
pub fn judged(record: &Record) -> Judged {
    let mut minutes: BTreeMap<i32, Vec<&Observation>> = BTreeMap::new();
    for seen in &record.observations {
        if let Some(slot) = seen.slot {
            minutes.entry(record.minute(slot)).or_default().push(seen);
        }
    }
    let of_minute = |(minute, seen): (i32, Vec<&Observation>)| {
        let judged = in_one_minute(&record.probes, &seen).into_iter();
        judged.map(move |(service, status)| ((service, minute), status)).collect::<Vec<_>>()
    };
    minutes.into_iter().flat_map(of_minute).collect()
}

fn in_one_minute(probes: &[Probe], seen: &[&Observation]) -> BTreeMap<String, Status> {
    let works = |probe: &Probe| {
        // It knows no second attempt.
        let mut steps =
            seen.iter().filter(|seen| seen.probe == probe.name && seen.attempt == 1).peekable();
        steps.peek().is_some() && steps.all(|seen| seen.outcome == "succeeded")
    };
    let ran = |probe: &&Probe| seen.iter().any(|seen| seen.probe == probe.name);
    let (applications, direct): (Vec<&Probe>, Vec<&Probe>) =
        probes.iter().filter(ran).partition(|probe| probe.application.is_some());
    let services: BTreeSet<&String> =
        probes.iter().filter(ran).flat_map(|probe| &probe.services).collect();
    let shown = |among: &[&Probe], service: &String| {
        among.iter().any(|probe| probe.services.contains(service) && works(probe))
    };
    let status = |service: &String| match shown(&applications, service) || shown(&direct, service) {
        true => Status::Up,
        false => Status::Down,
    };
    services.into_iter().map(|service| (service.clone(), status(service))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(name: &str, application: bool, services: &[&str]) -> Probe {
        Probe {
            name: name.into(),
            application: application.then(|| name.to_owned()),
            services: services.iter().map(|&service| service.to_owned()).collect(),
        }
    }

    fn seen(probe: &str, attempt: i16, outcome: &str) -> Observation {
        Observation {
            slot: None,
            probe: probe.into(),
            step: "step".into(),
            attempt,
            outcome: outcome.into(),
        }
    }

    fn said(seen: &[Observation]) -> Vec<(String, Status)> {
        let probes = [
            probe("game", true, &["EC2", "SQS"]),
            probe("quotes", true, &["EC2"]),
            probe("beacon", true, &["S3"]),
            probe("sqs", false, &["SQS"]),
        ];
        in_one_minute(&probes, &seen.iter().collect::<Vec<_>>()).into_iter().collect()
    }

    #[test]
    fn an_application_or_a_direct_call_shows_that_a_service_is_up() {
        let said = said(&[
            seen("game", 1, "failed"),
            seen("quotes", 1, "succeeded"),
            seen("beacon", 1, "failed"),
            seen("sqs", 1, "succeeded"),
        ]);
        let expected = [("EC2", Status::Up), ("S3", Status::Down), ("SQS", Status::Up)];
        assert_eq!(said, expected.map(|(name, status)| (name.to_owned(), status)));
    }

    #[test]
    fn a_second_attempt_does_not_help() {
        let said = said(&[seen("beacon", 1, "failed"), seen("beacon", 2, "succeeded")]);
        assert_eq!(said, [("S3".to_owned(), Status::Down)]);
    }
}
