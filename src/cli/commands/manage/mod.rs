//! `pyfa manage`, `pyfupdater`: collections, aliases and keys.
//!
//! Each verb makes a plan, shows it, asks where something would be destroyed, and carries it out.

mod aliases;
mod collections;
mod keys;
mod listing;
mod migrate;
mod places;

use std::sync::Arc;

use super::selection::given;
use super::services::workspace;
use super::show;
use crate::cli::arguments::{Format, ManageArguments};
use crate::cli::confirm::Confirm;
use crate::cli::exit::{Exit, UsageError};
use crate::cli::output::{Bars, Printer, json};
use crate::config::Config;
use crate::manage::Manager;
use crate::profile::Profiles;

/// What every verb works with.
struct Desk<'a> {
    manager: Manager,
    arguments: &'a ManageArguments,
    config: &'a Config,
    printer: Printer,
    confirm: Confirm,
}

pub(super) async fn execute(
    arguments: ManageArguments,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    if let Some(filter) = &arguments.scope
        && !arguments.add_search_only_apikey
    {
        if arguments.has_verb() {
            return Err(UsageError(
                "`--scope` goes with `--add-search-only-apikey`, or with `-key` alone".to_owned(),
            )
            .into());
        }
        return keys::derive(&arguments, filter, printer);
    }
    if (arguments.from.is_some() || arguments.to.is_some()) && !arguments.migrate {
        return Err(UsageError("`--from` and `--to` go with `--migrate`".to_owned()).into());
    }
    let desk = Desk {
        manager: Manager {
            workspace: workspace(config, Arc::new(Bars::new(printer)))?,
            since_file: arguments.sincefile.clone(),
        },
        arguments: &arguments,
        config,
        printer,
        confirm: Confirm::new(arguments.force, printer),
    };
    desk.dispatch().await
}

impl Desk<'_> {
    async fn dispatch(&self) -> anyhow::Result<Exit> {
        let arguments = self.arguments;
        if arguments.list_collections {
            self.list_collections().await
        } else if arguments.list_collection_names {
            self.list_names().await
        } else if arguments.list_aliases {
            self.list_aliases().await
        } else if arguments.list_search_only_apikeys {
            self.list_keys().await
        } else if let Some(package) = &arguments.show {
            let target = self.target_or_default()?;
            show::print(package, &target, arguments.all_versions, self.config).await
        } else if arguments.migrate {
            self.migrate().await
        } else if let Some(name) = &arguments.recreate_collection {
            self.recreate(&self.named(name)?).await
        } else if let Some(name) = &arguments.rollback {
            self.roll_back(&self.named(name)?).await
        } else if let Some(name) = &arguments.delete_collection {
            self.delete_collection(name).await
        } else if arguments.add_alias {
            self.add_alias().await
        } else if let Some(name) = &arguments.delete_alias {
            let name = given(Some(name)).or_else(|| given(arguments.source.as_deref()));
            self.delete_alias(&required(name, "which alias? Name it")?)
                .await
        } else if arguments.add_search_only_apikey {
            self.add_key().await
        } else if let Some(id) = arguments.delete_apikey {
            self.delete_key(id).await
        } else {
            Err(UsageError(
                "what shall be done? `-ls` lists collections, `--help` every verb".to_owned(),
            )
            .into())
        }
    }

    /// The target as it was typed: `-t`, else `-p`.
    fn target(&self) -> anyhow::Result<Option<String>> {
        let target = &self.arguments.target;
        if let Some(name) = given(target.target.as_deref()) {
            return Ok(Some(name));
        }
        let Some(key) = given(target.profile.as_deref()) else {
            return Ok(None);
        };
        Profiles::load(self.config.profiles_dir.as_deref())?.get(&key)?;
        Ok(Some(key))
    }

    /// The same, else the profile of the settings: for verbs that destroy nothing.
    fn target_or_default(&self) -> anyhow::Result<String> {
        let target = self
            .target()?
            .or_else(|| self.config.default_profile.clone());
        required(
            target,
            "which collection? Name it with `-t`, or a profile with `-p`",
        )
    }

    /// The value of a verb, else the target.
    fn named(&self, value: &str) -> anyhow::Result<String> {
        let name = match given(Some(value)) {
            Some(name) => Some(name),
            None => self.target()?,
        };
        required(
            name,
            "which collection? Name it after the verb, or with `-t` or `-p`",
        )
    }

    /// Prints the outcome of a verb: a sentence for people, or the data and whether it was done.
    fn report(&self, data: &impl serde::Serialize, sentence: &str) -> anyhow::Result<()> {
        match self.arguments.format {
            Format::Json => {
                let mut data = serde_json::to_value(data)?;
                data["done"] = (!self.arguments.dry_run).into();
                json(&data)
            }
            Format::Text => {
                self.printer.result(sentence);
                Ok(())
            }
        }
    }
}

fn required(name: Option<String>, question: &str) -> anyhow::Result<String> {
    name.ok_or_else(|| UsageError(question.to_owned()).into())
}

/// `1 document`, `2 documents`.
fn documents(count: u64) -> String {
    counted(count, "document")
}

fn counted(count: u64, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {one}{plural}")
}

/// Names as a list in a sentence.
fn listed(names: &[String]) -> String {
    let mut quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.pop() {
        Some(last) if !quoted.is_empty() => format!("{} and {last}", quoted.join(", ")),
        last => last.unwrap_or_default(),
    }
}
