//! `pyfa downloads`: adds how often packages are downloaded.

use super::enrich::{downloads_settings, exit, selection, services};
use super::interrupt::listen;
use crate::cli::arguments::{DownloadsArguments, Format, SourceArgument};
use crate::cli::exit::Exit;
use crate::cli::output::{Printer, enrichment, json};
use crate::config::Config;
use crate::enrich::downloads::{self, Request, Source};
use crate::progress::stop;

pub(super) async fn execute(
    arguments: DownloadsArguments,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
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
    Ok(exit(report.is_complete()))
}

pub(super) fn source(argument: SourceArgument) -> Source {
    match argument {
        SourceArgument::Auto => Source::Auto,
        SourceArgument::Clickhouse => Source::ClickHouse,
        SourceArgument::Pypistats => Source::PyPiStats,
    }
}
