//! The voting game's API.

use std::process::ExitCode;

use serve::{
    configuration::Variables,
    listen,
    server::{Server, signalled},
};
use tracing::info;
use voting_game::{api, cloud::Cloud, configuration};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let settings = match configuration::Api::read(Variables::from_environment()) {
        Ok(settings) => settings,
        Err(problems) => return Ok(problems.report()),
    };
    settings.logging.start()?;
    info!(?settings, "Starting");
    let listener = listen::bind(settings.listen)?;
    let cloud = Cloud::connect(&settings.place).await;
    let app = api::app(api::Game::new(cloud, &settings.place, settings.api_key));
    Server::new(app).run(listener, signalled()).await?;
    Ok(ExitCode::SUCCESS)
}
