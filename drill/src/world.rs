//! Everything that runs in a drill: the cloud and the applications, the fault layer, the control
//! target, and for each scenario a monitor of its own.

mod call;
mod child;
mod cloud;
mod control;
mod monitor;

use std::{collections::HashMap, path::PathBuf};

pub use self::monitor::Monitor;
use self::{cloud::Cloud, control::Control};
use crate::{
    error::Error,
    fault::Target,
    layer::{Layer, Script},
    scenario::Scenario,
};

/// The cloud with what stands in front of it. Everything ends when this is dropped, and leaves
/// nothing behind when it is stopped.
pub struct World {
    /// What breaks things.
    pub layer: Layer,
    cloud: Cloud,
    _control: Control,
    folder: tempfile::TempDir,
    database_url: Option<String>,
}

impl World {
    /// Starts the cloud and the applications behind the layer. Monitors write to fresh files, or
    /// to `database_url`, whose tables are dropped for each.
    ///
    /// # Errors
    /// When something does not start; says what and where its log is.
    pub async fn start(database_url: Option<String>) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("cloud-monitor-drill-").tempdir();
        let folder = folder.map_err(Error::local("cannot make a folder"))?;
        let control = Control::start().await?;
        let ports = cloud::Ports::free()?;
        let mut upstreams: HashMap<Target, String> = [
            Target::Dynamodb,
            Target::Sqs,
            Target::Ec2,
            Target::Iam,
            Target::Lambda,
            Target::Apigateway,
            Target::S3,
        ]
        .map(|target| (target, ports.cloud_url()))
        .into();
        upstreams.insert(Target::VotingApp, ports.voting_url());
        upstreams.insert(Target::QuoteApp, ports.quotes_url());
        upstreams.insert(Target::Control, control.url());
        let layer = Layer::start(upstreams).await?;
        layer.write_authority(&folder.path().join("authority.pem"))?;
        let cloud = Cloud::start(&ports, &layer, folder.path()).await?;
        Ok(Self { layer, cloud, _control: control, folder, database_url })
    }

    /// Starts a monitor for a scenario whose faults are about to be played; nothing is broken yet.
    ///
    /// # Errors
    /// When a program does not start; says which and where its log is.
    pub async fn monitor(&mut self, scenario: &Scenario) -> Result<Monitor, Error> {
        self.layer.play(Script::of(scenario));
        Monitor::start(self, scenario).await
    }

    /// Nothing has ended that must run.
    ///
    /// # Errors
    /// Says what has ended, or what is gone behind the layer.
    pub fn check(&mut self) -> Result<(), Error> {
        self.cloud.check()?;
        self.layer.check()
    }

    /// Ends everything in peace, and removes what it left.
    ///
    /// # Errors
    /// When the cloud does not end by itself.
    pub async fn stop(self) -> Result<(), Error> {
        self.cloud.stop().await
    }

    /// Keeps logs and databases when the drill ends, and says where.
    pub fn keep(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }
}
