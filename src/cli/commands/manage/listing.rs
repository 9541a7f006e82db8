//! Lists collections, names, aliases and keys.

use super::context::ManageContext;
use crate::cli::arguments::Format;
use crate::cli::exit::{CommandResult, Exit};
use crate::cli::output::{bytes, expiry_of, json, one_line, quoted_list, table, time_of};
use crate::manage::CollectionSummary;
use crate::search::ApiKey;

/// What the server says of a key that never expires.
const NEVER: u64 = 64_723_363_199;

impl ManageContext<'_> {
    pub(super) async fn list_collections(&self) -> CommandResult {
        let overview = self.manager.read_overview().await?;
        if self.format == Format::Json {
            json(&overview)?;
            return Ok(Exit::Done);
        }
        if overview.collections.is_empty() {
            self.printer
                .note("there is no collection yet; `pyfa pypi -f -p plone` creates one");
        } else {
            let head = [
                "COLLECTION",
                "ALIASES",
                "DOCUMENTS",
                "PROJECTS",
                "RELEASES",
                "CREATED",
                "LAST COMPLETE RUN",
            ];
            let rows: Vec<_> = overview.collections.iter().map(row).collect();
            table(head, &rows);
        }
        for collection in &overview.collections {
            if let Some(unfinished) = &collection.unfinished {
                self.printer
                    .note(&format!("`{}` is {unfinished}", collection.name));
            }
        }
        if !overview.dangling.is_empty() {
            self.printer.note(&format!(
                "aliases that point nowhere: {}",
                quoted_list(&overview.dangling)
            ));
        }
        let mut server = vec![format!("server {}", overview.address)];
        if let Some(version) = &overview.server.version {
            server.push(format!("version {version}"));
        }
        if let Some(memory) = overview.server.memory {
            server.push(format!("{} of memory in use", bytes(memory)));
        }
        self.printer.note(&server.join(", "));
        Ok(Exit::Done)
    }

    pub(super) async fn list_names(&self) -> CommandResult {
        let names = self.manager.list_usable_names().await?;
        if self.format == Format::Json {
            json(&names)?;
        } else {
            for name in names {
                self.printer.result(&one_line(&name));
            }
        }
        Ok(Exit::Done)
    }

    pub(super) async fn list_aliases(&self) -> CommandResult {
        let aliases = self.manager.list_aliases().await?;
        if self.format == Format::Json {
            json(&aliases)?;
        } else if aliases.is_empty() {
            self.printer.note("there is no alias");
        } else {
            let rows: Vec<[String; 3]> = aliases
                .into_iter()
                .map(|alias| {
                    let documents = alias
                        .documents
                        .map_or_else(|| "none: there is no such collection".to_owned(), number);
                    [alias.name, alias.collection, documents]
                })
                .collect();
            table(["ALIAS", "COLLECTION", "DOCUMENTS"], &rows);
        }
        Ok(Exit::Done)
    }

    pub(super) async fn list_keys(&self) -> CommandResult {
        let keys = self.manager.list_search_keys().await?;
        if self.format == Format::Json {
            let listed: Vec<_> = keys
                .iter()
                .map(|key| {
                    serde_json::json!({
                        "id": key.id,
                        "collections": key.collections,
                        "description": key.description,
                        "expires_at": expires_at(key),
                    })
                })
                .collect();
            json(&listed)?;
        } else if keys.is_empty() {
            self.printer.note("there is no search-only key");
        } else {
            let rows: Vec<[String; 4]> = keys
                .iter()
                .map(|key| {
                    [
                        key.id.to_string(),
                        key.collections.join(", "),
                        expiry_of(expires_at(key)),
                        key.description.clone(),
                    ]
                })
                .collect();
            table(["ID", "OPENS", "EXPIRES", "DESCRIPTION"], &rows);
        }
        Ok(Exit::Done)
    }
}

fn row(collection: &CollectionSummary) -> [String; 7] {
    let last_run = match (&collection.mark, &collection.marked_at) {
        (Some(serial), Some(time)) => format!("{serial}, {}", time_of(time.as_second())),
        (Some(serial), None) => serial.to_string(),
        _ => "-".to_owned(),
    };
    [
        collection.name.clone(),
        if collection.aliases.is_empty() {
            "-".to_owned()
        } else {
            collection.aliases.join(", ")
        },
        number(collection.documents),
        collection.projects.map_or_else(|| "-".to_owned(), number),
        collection.releases.map_or_else(|| "-".to_owned(), number),
        time_of(collection.created_at),
        last_run,
    ]
}

fn number(count: u64) -> String {
    count.to_string()
}

/// When a key expires, if it does.
fn expires_at(key: &ApiKey) -> Option<u64> {
    (key.expires_at > 0 && key.expires_at < NEVER).then_some(key.expires_at)
}
