//! `--show NAME`: documents of one project, as JSON.

use super::package_name::read_name;
use super::services::search;
use crate::cli::exit::{CommandFailure, CommandResult, Exit};
use crate::cli::output::json;
use crate::config::Config;
use crate::model::RegistryKind;
use crate::pipeline;

/// Prints the newest document of the project, or all of them.
pub(super) async fn print(
    registry: RegistryKind,
    name: &str,
    target: &str,
    all_versions: bool,
    config: &Config,
) -> CommandResult {
    let project = read_name(registry, name)?;
    let documents = pipeline::fetch_documents(&search(config)?, target, registry, &project).await?;
    let Some(newest) = documents.first() else {
        let shown = match registry {
            RegistryKind::PyPi => project.to_string(),
            RegistryKind::Npm => format!("npm:{project}"),
        };
        return Err(CommandFailure(format!(
            "`{target}` has no document of `{project}`; `pyfa explain {shown} -t {target}` \
             says why"
        ))
        .into());
    };
    if all_versions {
        json(&documents)?;
    } else {
        json(newest)?;
    }
    Ok(Exit::Done)
}
