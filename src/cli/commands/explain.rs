//! `pyfa explain NAME`: why a project is, or is not, in a collection.

use std::sync::Arc;

use super::package_name::{read_name, read_package};
use super::selection::{given, select, select_npm};
use super::services::open_pipeline;
use crate::cli::arguments::{ExplainArguments, Format};
use crate::cli::exit::{CommandResult, Exit};
use crate::cli::output::{Printer, explanation, json};
use crate::config::Config;
use crate::model::RegistryKind;
use crate::pipeline;
use crate::progress::Silent;

pub(super) async fn execute(
    arguments: &ExplainArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let (registry, name) = read_package(&arguments.name);
    let selected = match registry {
        RegistryKind::PyPi => select(config, &arguments.target, &[], false, printer)?,
        RegistryKind::Npm => select_npm(config, &arguments.target, false, printer)?,
    };
    let services = open_pipeline(selected.registry, config, Arc::new(Silent), true)?;
    let is_typed = |option: &Option<String>| given(option.as_deref()).is_some();
    let explained = pipeline::explain(
        &services,
        selected.target.as_deref(),
        &selected.rules,
        is_typed(&arguments.target.target) && !is_typed(&arguments.target.profile),
        &read_name(registry, name)?,
    )
    .await?;
    match arguments.format {
        Format::Json => json(&explained)?,
        Format::Text => explanation::print(&explained),
    }
    Ok(Exit::Done)
}
