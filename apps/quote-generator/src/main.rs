//! A program that answers with a quote from a work in the public domain.

mod configuration;
mod http;
mod quote;

use std::process::ExitCode;

use serve::{
    configuration::Variables,
    listen,
    server::{Server, signalled},
};
use tracing::info;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let settings = match configuration::Settings::read(Variables::from_environment()) {
        Ok(settings) => settings,
        Err(problems) => return Ok(problems.report()),
    };
    settings.logging.start()?;
    info!(?settings, "Starting");
    let listener = listen::bind(settings.listen)?;
    Server::new(http::app()).run(listener, signalled()).await?;
    Ok(ExitCode::SUCCESS)
}
