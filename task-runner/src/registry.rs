//! The registry: every probe that a round runs. A new probe is a file in `probes/` and a line here.

use futures_util::future::BoxFuture;
pub use verdict::{Need, Step, Subject, Use};

use crate::{config::Targets, context::Context, probes};

/// A function that exercises an application or a service, and what must be known about it.
#[derive(Debug)]
pub struct Probe {
    /// Its name, what it exercises, its steps and what they need: what the verdict knows of it.
    pub about: &'static verdict::Probe,
    /// The variable to set before it can run; `None` when nothing is missing.
    pub missing: fn(&Targets) -> Option<&'static str>,
    /// Runs the steps. What it sees goes to the context; it returns when it is done.
    pub run: fn(Context) -> BoxFuture<'static, ()>,
}

impl Probe {
    /// Its name in paths and rows: `voting_game`.
    pub fn name(&self) -> &'static str {
        self.about.name
    }

    /// It reaches for what does not depend on the cloud.
    pub fn is_control(&self) -> bool {
        self.about.subject == Subject::Control
    }
}

/// Every probe, in the order in which they are shown.
pub static PROBES: &[Probe] = &[
    probes::voting_game::PROBE,
    probes::shades::PROBE,
    probes::quotes::PROBE,
    probes::beacon::PROBE,
    probes::sqs::PROBE,
    probes::dynamodb::PROBE,
    probes::ec2::PROBE,
    probes::lambda::PROBE,
    probes::iam::PROBE,
    probes::s3::PROBE,
    probes::control::PROBE,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = PROBES.iter().map(Probe::name).collect();
        assert_eq!(names.len(), PROBES.len());
        for probe in PROBES {
            let steps: HashSet<_> = probe.about.steps.iter().map(|step| step.name).collect();
            assert_eq!(steps.len(), probe.about.steps.len(), "{}", probe.name());
        }
    }

    #[test]
    fn every_step_needs_a_service_of_the_contract() {
        let services = ["SQS", "IAM", "Lambda", "S3", "EC2", "DynamoDB", "API Gateway"];
        for probe in PROBES.iter().filter(|probe| !probe.is_control()) {
            for step in probe.about.steps {
                assert!(!step.needs.is_empty(), "{} {}", probe.name(), step.name);
                let known = |need: &Need| services.contains(&need.service);
                assert!(step.needs.iter().all(known), "{step:?}");
            }
        }
    }

    #[test]
    fn the_verdict_knows_every_probe() {
        let known: Vec<_> = verdict::PROBES.iter().map(|probe| probe.name).collect();
        let registered: Vec<_> = PROBES.iter().map(Probe::name).collect();
        assert_eq!(registered, known);
    }
}
