//! `pyfa serve`: the embedded engine answers front ends until it is interrupted.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::interrupt::Interrupts;
use crate::cli::arguments::ServeArguments;
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{Bars, Printer};
use crate::config::Config;
use crate::manage::Manager;
use crate::search::{Client, EmbeddedEngine, EmbeddedSettings};
use crate::workspace::Workspace;

/// Characters of a key that cannot be guessed.
const SHORTEST_KEY: usize = 16;
/// In the engine's folder; holds the key's number and value.
const KEY_FILE: &str = "search.key";

pub(super) async fn execute(
    arguments: ServeArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let engine = Arc::new(EmbeddedEngine::new(engine_settings(&arguments, config))?);
    run(&engine, arguments.listen, config, printer).await
}

/// The settings of the engine, with the arguments over them.
pub(super) fn engine_settings(arguments: &ServeArguments, config: &Config) -> EmbeddedSettings {
    let mut settings = config.engine.clone();
    if let Some(folder) = &arguments.data {
        settings.folder.clone_from(folder);
    }
    settings
}

/// Serves until Ctrl-C.
pub(super) async fn run(
    engine: &Arc<EmbeddedEngine>,
    listen: SocketAddr,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    if let Some(settings) = &config.typesense {
        let nodes: Vec<&str> = settings.nodes.iter().map(url::Url::as_str).collect();
        return Err(UsageError(format!(
            "the settings name the server {}, which needs no `serve`; unset TYPESENSE_HOST and \
             TYPESENSE_NODES to serve the embedded engine",
            nodes.join(", ")
        ))
        .into());
    }
    // Before the address is printed: a script that reads it may stop the server at once.
    let mut interrupts = Interrupts::listen();
    let other_key = engine.settings().api_key.as_ref();
    if other_key.is_some_and(|key| key.expose_secret().chars().count() < SHORTEST_KEY) {
        printer.note(&format!(
            "TYPESENSE_API_KEY has fewer than {SHORTEST_KEY} characters, so it can be guessed, and it \
             has full access; set a longer one, or none"
        ));
    }
    let address = match engine.public_url().await {
        Some(address) => address,
        None => engine.listen(listen).await?,
    };
    let folder = &engine.settings().folder;
    let manager = Manager {
        workspace: Workspace {
            search: Client::embedded(Arc::clone(engine))?,
            home: config.home.clone(),
            progress: Arc::new(Bars::new(printer)),
        },
        since_file: config.home.join("serve.since"),
    };
    let key = manager
        .load_or_create_folder_key(&folder.join(KEY_FILE))
        .await?;
    greet(&address, key.expose_secret(), folder, &manager, printer).await?;
    interrupts.next().await;
    printer.note("stopping after the requests in flight");
    engine.close().await;
    Ok(Exit::Done)
}

async fn greet(
    address: &str,
    key: &str,
    folder: &Path,
    manager: &Manager,
    printer: Printer,
) -> CommandResult<()> {
    printer.result(&format!("serving {} at {address}", folder.display()));
    printer.result(&format!("search-only key: {key}"));
    let names = manager.list_alias_names().await?;
    match names.first() {
        Some(name) => printer.result(&format!(
            "try: curl -H 'X-TYPESENSE-API-KEY: {key}' \
             '{address}/collections/{name}/documents/search?q=rest&query_by=name,title,summary&filter_by=is_latest:=true&include_fields=name,version,summary'"
        )),
        None => printer.result(
            "there is no collection yet: `pyfa up --sample` creates a sample, `pyfa pypi -f -p \
             plone` a real one; both work while the server runs",
        ),
    }
    printer.note("press Ctrl-C to stop");
    Ok(())
}
