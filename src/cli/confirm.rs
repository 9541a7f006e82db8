//! Asks before something is destroyed.

use std::io::{BufRead, IsTerminal, Write};

use super::exit::{CommandResult, UsageError};
use super::output::Printer;

/// Asks the person at the terminal, unless `-f` has answered already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Confirm {
    force: bool,
    printer: Printer,
}

impl Confirm {
    /// With `force`, the answer is always yes.
    pub(super) fn new(force: bool, printer: Printer) -> Self {
        Self { force, printer }
    }

    /// Whether there is a terminal to ask at, or `-f` has answered already.
    pub(super) fn can_answer(self) -> bool {
        self.force || std::io::stdin().is_terminal()
    }

    /// Describes what will happen and asks; silence and anything but `y` mean no.
    ///
    /// # Errors
    ///
    /// Without a terminal and without `-f`.
    pub(super) fn ask(self, what: &str, question: &str) -> CommandResult<bool> {
        if self.force {
            self.printer.note(what);
            return Ok(true);
        }
        if !self.can_answer() {
            return Err(UsageError(format!(
                "nothing was done, because there is no terminal to ask for confirmation; add `-f` \
                 to confirm: {what}"
            ))
            .into());
        }
        let mut errors = std::io::stderr().lock();
        let _ = write!(
            errors,
            "{}\n{question} [y/N] ",
            super::output::paragraph(what)
        );
        let _ = errors.flush();
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }
}
