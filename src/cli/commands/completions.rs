//! `pyfa completions SHELL`.

use std::io::Write;

use clap::CommandFactory;

use crate::cli::arguments::Arguments;

/// Prints the completions of `shell`.
pub(in crate::cli) fn print(shell: clap_complete::Shell) {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "pyfa", &mut text);
    // A reader that has gone away is no error of ours.
    let _ = std::io::stdout().lock().write_all(&text);
}
