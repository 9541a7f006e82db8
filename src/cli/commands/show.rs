//! `--show NAME`: documents of one project, as JSON.

use super::services::search;
use crate::cli::exit::Exit;
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
) -> anyhow::Result<Exit> {
    let search = search(config)?;
    let name = ProjectName::new(name);
    let documents = pipeline::fetch_documents(&search, target, &name).await?;
    let Some(newest) = documents.first() else {
        anyhow::bail!(
            "`{target}` has no document of `{name}`; `pyfa explain {name} -t {target}` says why"
        );
    };
    if all_versions {
        json(&documents)?;
    } else {
        json(newest)?;
    }
    Ok(Exit::Done)
}
