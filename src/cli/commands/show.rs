//! `--show NAME`: documents of one project, as JSON.

use super::services::search;
use crate::cli::exit::{CommandFailure, CommandResult, Exit};
use crate::cli::output::json;
use crate::config::Config;
use crate::model::ProjectName;
use crate::pipeline;

/// Prints the newest document of the project, or all of them.
pub(super) async fn print(
    name: &str,
    target: &str,
    all_versions: bool,
    config: &Config,
) -> CommandResult {
    let project = ProjectName::new(name);
    let documents = pipeline::fetch_documents(&search(config)?, target, &project).await?;
    let Some(newest) = documents.first() else {
        return Err(CommandFailure(format!(
            "`{target}` has no document of `{project}`; `pyfa explain {project} -t {target}` \
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
