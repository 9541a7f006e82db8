//! `pyfa pypi`, which is also `pyfaggregator`.

use super::fetch::{self, FetchCommand};
use super::selection::select;
use crate::cli::arguments::{DiscoveryArgument, PypiArguments};
use crate::cli::exit::CommandResult;
use crate::cli::output::Printer;
use crate::config::Config;
use crate::pipeline::Discovery;

pub(super) async fn execute(
    arguments: PypiArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selected = select(
        config,
        &arguments.fetch.target,
        &arguments.filter_troove,
        arguments.no_plone_filter,
        printer,
    )?;
    let command = FetchCommand {
        selected,
        refresh: arguments.refresh_from_pypi,
        discovery: match arguments.discovery {
            DiscoveryArgument::Auto => Discovery::Auto,
            DiscoveryArgument::Simple => Discovery::Simple,
            DiscoveryArgument::Browse => Discovery::Browse,
        },
    };
    fetch::execute(arguments.fetch, command, config, printer).await
}
