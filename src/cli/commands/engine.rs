//! `pyfa engine`: looks after the embedded engine.

use super::services::search;
use crate::cli::arguments::EngineAction;
use crate::cli::exit::{Exit, UsageError};
use crate::cli::output::Printer;
use crate::config::Config;

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
    let EngineAction::Rebuild { collection } = action;
    let client = search(config)?;
    let names = match collection {
        Some(name) => vec![name],
        None => client
            .collections()
            .await?
            .into_iter()
            .map(|collection| collection.name)
            .collect(),
    };
    for name in names {
        let documents = client.rebuild_index(&name).await?;
        printer.result(&format!("{name}: {documents} documents indexed anew"));
    }
    Ok(Exit::Done)
}
