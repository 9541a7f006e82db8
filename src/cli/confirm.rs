//! Asks before something is destroyed.

use std::io::{BufRead, IsTerminal, Write};

use super::exit::UsageError;
use super::output::Printer;

/// Who answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Confirm {
    force: bool,
    printer: Printer,
}

impl Confirm {
    /// With `force` the answer is always yes.
    pub(super) fn new(force: bool, printer: Printer) -> Self {
        Self { force, printer }
    }

    /// Whether somebody can be asked, or has answered already.
    pub(super) fn can_answer(self) -> bool {
        self.force || std::io::stdin().is_terminal()
    }

    /// Says what will happen and asks; silence and anything but `y` mean no.
    ///
    /// # Errors
    ///
    /// Where nobody is there to ask, and the command line does not say `-f`.
    pub(super) fn ask(self, what: &str, question: &str) -> anyhow::Result<bool> {
        if self.force {
            self.printer.note(what);
            return Ok(true);
        }
        if !self.can_answer() {
            return Err(UsageError(format!(
                "nothing was done, because nobody can be asked here; add `-f` if this is meant: \
                 {what}"
            ))
            .into());
        }
        let mut errors = std::io::stderr().lock();
        let _ = write!(
            errors,
            "{}\n{question} (y/N) ",
            super::output::paragraph(what)
        );
        let _ = errors.flush();
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }
}
