//! `GET /probes`: the registry.

use std::sync::Arc;

use poem_openapi::{Object, OpenApi, payload::Json, types::Example};
use serve::strictness::Refused;

use super::Tag;
use crate::{
    registry::{self, Need, PROBES, Subject},
    runner::Runner,
};

/// Lists the registry.
pub(super) struct Probes {
    pub(super) runner: Arc<Runner>,
}

/// A registered probe.
#[derive(Debug, Object)]
#[oai(example)]
struct Probe {
    /// Its name, for `POST /tasks/{probe}`.
    name: String,
    /// The application that it exercises; null when it calls a service directly, or a control
    /// target.
    application: Option<String>,
    /// The services that its steps need.
    services: Vec<String>,
    /// Its steps, in order.
    steps: Vec<Step>,
    /// Whether rounds run it.
    enabled: bool,
    /// Why not; null when they do.
    disabled_because: Option<String>,
}

/// One timed exchange inside a probe.
#[derive(Debug, Object)]
struct Step {
    /// Its name within the probe.
    name: String,
    /// The services that it cannot do without.
    services: Vec<String>,
}

#[OpenApi(tag = "Tag::Rounds")]
impl Probes {
    /// List probes
    ///
    /// Every registered probe. One whose target is not configured is disabled: what it would
    /// measure is then neither up nor down.
    #[oai(path = "/probes", method = "get", operation_id = "list_probes")]
    async fn list(&self) -> Result<Json<Vec<Probe>>, Refused> {
        let probes = self.runner.probes.iter();
        Ok(Json(probes.map(|probe| Probe::of(probe, self.runner.missing(probe))).collect()))
    }
}

impl Probe {
    fn of(probe: &registry::Probe, missing: Option<&str>) -> Self {
        let steps = probe.about.steps.iter().map(|step| Step {
            name: step.name.to_owned(),
            services: step.needs.iter().map(|need| need.service.to_owned()).collect(),
        });
        let mut services: Vec<String> = Vec::new();
        for Need { service, .. } in probe.about.steps.iter().flat_map(|step| step.needs) {
            if !services.iter().any(|known| known == service) {
                services.push((*service).to_owned());
            }
        }
        Self {
            name: probe.name().to_owned(),
            application: match probe.about.subject {
                Subject::Application(name) => Some(name.to_owned()),
                Subject::Service { .. } | Subject::Control => None,
            },
            services,
            steps: steps.collect(),
            enabled: missing.is_none(),
            disabled_because: missing.map(|variable| format!("{variable} is not set")),
        }
    }
}

impl Example for Probe {
    fn example() -> Self {
        Self::of(&PROBES[0], None)
    }
}
