//! `pyfa engine`: looks after the embedded engine.

use super::services::search;
use crate::cli::arguments::EngineAction;
use crate::cli::exit::{Exit, UsageError};
use crate::cli::output::Printer;
use crate::config::Config;
use crate::search::Client;

pub(super) async fn execute(
    action: EngineAction,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    if config.typesense.is_some() {
        return Err(UsageError(
            "the settings name a Typesense server, which looks after its index by itself; unset \
             TYPESENSE_HOST and TYPESENSE_NODES to reach the embedded engine"
                .to_owned(),
        )
        .into());
    }
    let client = search(config)?;
    match action {
        EngineAction::Rebuild { collection } => rebuild(&client, collection, printer).await?,
        EngineAction::Adopt { folder, name } => match folder {
            Some(folder) => {
                let adopted = client.adopt_folder(&folder, name.as_deref()).await?;
                printer.result(&format!(
                    "{}: {} documents of the folder {folder} are in the catalogue again",
                    adopted.name, adopted.num_documents
                ));
                printer.note(
                    "aliases and keys are not part of a folder: make those that are missing anew",
                );
            }
            None => list_unknown(&client, printer).await?,
        },
    }
    Ok(Exit::Done)
}

async fn rebuild(
    client: &Client,
    collection: Option<String>,
    printer: Printer,
) -> anyhow::Result<()> {
    let names = match collection {
        Some(name) => vec![name],
        None => client
            .list_collections()
            .await?
            .into_iter()
            .map(|collection| collection.name)
            .collect(),
    };
    for name in names {
        let documents = client.rebuild_index(&name).await?;
        printer.result(&format!("{name}: {documents} documents indexed anew"));
    }
    Ok(())
}

async fn list_unknown(client: &Client, printer: Printer) -> anyhow::Result<()> {
    let unknown = client.list_unknown_folders().await?;
    if unknown.is_empty() {
        printer.result("the catalogue knows every folder");
    }
    for one in unknown {
        let folder = &one.folder;
        printer.result(&match (one.collection, one.problem) {
            (Some(collection), _) => format!(
                "{folder}: the collection {collection} with {} documents; `pyfa engine adopt \
                 {folder}` takes it back",
                one.num_documents
            ),
            (None, Some(problem)) => format!("{folder}: cannot be read ({problem})"),
            (None, None) => format!("{folder}: no collection"),
        });
    }
    Ok(())
}
