//! `pyfa downloads`: adds how often packages are downloaded.

use super::enrich::{downloads_settings, selection, services, source};
use super::interrupt::listen;
use crate::cli::arguments::{DownloadsArguments, Format};
use crate::cli::exit::{CommandResult, ExitStatus};
use crate::cli::output::{Printer, enrichment, json};
use crate::config::Config;
use crate::enrich::downloads::{self, Request};
use crate::progress::stop;

pub(super) async fn execute(
    arguments: DownloadsArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selection = selection(&arguments.packages, config, printer)?;
    let services = services(&selection, config, printer)?;
    let request = Request {
        selection,
        source: source(arguments.source),
    };
    let settings = downloads_settings(config);
    let (stopper, stop) = stop();
    let interrupts = tokio::spawn(listen(stopper, printer));
    let report = downloads::execute(&services, &settings, &request, &stop).await;
    interrupts.abort();
    let report = report?;
    match arguments.packages.format {
        Format::Json => json(&report)?,
        Format::Text => enrichment::downloads(&report),
    }
    Ok(report.exit_status())
}
