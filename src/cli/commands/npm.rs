//! `pyfa npm`.

use super::fetch::{self, FetchCommand};
use super::selection::select_npm;
use crate::cli::arguments::NpmArguments;
use crate::cli::exit::CommandResult;
use crate::cli::output::Printer;
use crate::config::Config;
use crate::pipeline::Discovery;

pub(super) async fn execute(
    arguments: NpmArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let is_of_rules = arguments.fetch.show.is_none();
    let command = FetchCommand {
        selected: select_npm(config, &arguments.fetch.target, is_of_rules, printer)?,
        refresh: arguments.refresh_from_npm,
        discovery: Discovery::Auto,
    };
    fetch::execute(arguments.fetch, command, config, printer).await
}
