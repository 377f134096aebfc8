//! The registry: every probe that a round runs. A new probe is a file in `probes/` and a line here.

use futures_util::future::BoxFuture;

use crate::{config::Targets, context::Context, probes};

/// A function that exercises an application or a service, and what must be known about it.
#[derive(Debug)]
pub struct Probe {
    /// Its name in paths and rows: `voting_game`.
    pub name: &'static str,
    /// What it exercises.
    pub subject: Subject,
    /// Its steps, in order.
    pub steps: &'static [Step],
    /// The variable to set before it can run; `None` when nothing is missing.
    pub missing: fn(&Targets) -> Option<&'static str>,
    /// Runs the steps. What it sees goes to the context; it returns when it is done.
    pub run: fn(Context) -> BoxFuture<'static, ()>,
}

/// What a probe exercises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One of our applications, by its name. Its steps are evidence about the services they need.
    Application(&'static str),
    /// A service by itself, called directly.
    Service {
        /// The service's name.
        name: &'static str,
        /// A service without regions is judged once a slot for all of them.
        global: bool,
    },
}

impl Subject {
    /// The name of the application or service.
    pub fn name(self) -> &'static str {
        match self {
            Self::Application(name) | Self::Service { name, .. } => name,
        }
    }
}

/// One timed exchange inside a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name within the probe: `get_topic`.
    pub name: &'static str,
    /// The services that it cannot do without.
    pub needs: &'static [&'static str],
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
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = PROBES.iter().map(|probe| probe.name).collect();
        assert_eq!(names.len(), PROBES.len());
        for probe in PROBES {
            let steps: HashSet<_> = probe.steps.iter().map(|step| step.name).collect();
            assert_eq!(steps.len(), probe.steps.len(), "{}", probe.name);
        }
    }

    #[test]
    fn every_step_needs_a_service_of_the_contract() {
        let services = ["SQS", "IAM", "Lambda", "S3", "EC2", "DynamoDB", "API Gateway"];
        for probe in PROBES {
            for step in probe.steps {
                assert!(!step.needs.is_empty(), "{} {}", probe.name, step.name);
                assert!(step.needs.iter().all(|need| services.contains(need)), "{step:?}");
            }
        }
    }
}
