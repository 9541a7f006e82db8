//! `pyfa engine`: maintains the embedded engine.

use super::services::open_manager;
use crate::cli::arguments::EngineAction;
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::Printer;
use crate::config::Config;
use crate::manage::Manager;
use crate::search::Client;

pub(super) async fn execute(
    action: EngineAction,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    if config.typesense.is_some() {
        return Err(UsageError::new(
            "the settings name a Typesense server, which maintains its own index; unset \
             TYPESENSE_HOST and TYPESENSE_NODES to use the embedded engine",
        )
        .into());
    }
    let manager = open_manager(config)?;
    let client = &manager.workspace.search;
    match action {
        EngineAction::Rebuild { collection } => rebuild(&manager, collection, printer).await?,
        EngineAction::Adopt { folder, name } => match folder {
            Some(folder) => {
                let adopted = client.adopt_folder(&folder, name.as_deref()).await?;
                printer.result(&format!(
                    "restored {} with {} documents from the folder {folder}",
                    adopted.name, adopted.num_documents
                ));
                printer.note("a folder holds no aliases or keys; create the missing ones again");
            }
            None => list_unknown(client, printer).await?,
        },
    }
    Ok(Exit::Done)
}

async fn rebuild(
    manager: &Manager,
    collection: Option<String>,
    printer: Printer,
) -> CommandResult<()> {
    let names = match collection {
        Some(name) => vec![name],
        None => manager.list_collection_names().await?,
    };
    for name in names {
        let documents = manager.workspace.search.rebuild_index(&name).await?;
        printer.result(&format!("{name}: indexed {documents} documents"));
    }
    Ok(())
}

async fn list_unknown(client: &Client, printer: Printer) -> CommandResult<()> {
    let unknown = client.list_unknown_folders().await?;
    if unknown.is_empty() {
        printer.result("every folder is in the catalogue");
    }
    for one in unknown {
        let folder = &one.folder;
        printer.result(&match (one.collection, one.problem) {
            (Some(collection), _) => format!(
                "{folder}: collection {collection} with {} documents; `pyfa engine adopt {folder}` \
                 restores it",
                one.num_documents
            ),
            (None, Some(problem)) => format!("{folder}: unreadable ({problem})"),
            (None, None) => format!("{folder}: no collection"),
        });
    }
    Ok(())
}
