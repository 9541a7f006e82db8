//! What every command of `pyfa manage` works with, and how it reports its outcome.

use std::sync::Arc;

use super::request::ManageOptions;
use crate::cli::arguments::Format;
use crate::cli::commands::services::open_workspace;
use crate::cli::confirm::Confirm;
use crate::cli::exit::{CommandResult, UsageError};
use crate::cli::output::{Bars, Printer, json};
use crate::config::Config;
use crate::manage::Manager;

/// The manager of the server in the settings, and the ways to ask and to report.
pub(super) struct ManageContext<'a> {
    pub(super) manager: Manager,
    pub(super) config: &'a Config,
    pub(super) printer: Printer,
    pub(super) format: Format,
    pub(super) dry_run: bool,
    confirm: Confirm,
}

impl<'a> ManageContext<'a> {
    pub(super) fn open(
        options: ManageOptions,
        config: &'a Config,
        printer: Printer,
    ) -> CommandResult<Self> {
        Ok(Self {
            manager: Manager {
                workspace: open_workspace(config, Arc::new(Bars::new(printer)))?,
                since_file: options.since_file,
            },
            config,
            printer,
            format: options.format,
            dry_run: options.dry_run,
            confirm: Confirm::new(options.force, printer),
        })
    }

    /// Whether there is a terminal to ask at, or `-f` has answered already.
    pub(super) fn can_confirm(&self) -> bool {
        self.confirm.can_answer()
    }

    /// Describes what will happen and asks; silence and anything but `y` mean no.
    pub(super) fn is_confirmed(&self, what: &str, question: &str) -> CommandResult<bool> {
        self.confirm.ask(what, question)
    }

    /// The same, where a no ends the command.
    ///
    /// # Errors
    ///
    /// A usage error that says `refused`.
    pub(super) fn require_confirmation(
        &self,
        what: &str,
        question: &str,
        refused: &str,
    ) -> CommandResult<()> {
        if self.is_confirmed(what, question)? {
            return Ok(());
        }
        Err(UsageError::new(refused).into())
    }

    /// Prints the outcome of a command: a sentence for people, or the data and whether it was done.
    pub(super) fn report(&self, data: &impl serde::Serialize, sentence: &str) -> CommandResult<()> {
        match self.format {
            Format::Json => {
                let mut report = serde_json::to_value(data)?;
                report["done"] = (!self.dry_run).into();
                Ok(json(&report)?)
            }
            Format::Text => {
                self.printer.result(sentence);
                Ok(())
            }
        }
    }
}
