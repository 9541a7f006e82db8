//! `pyfa completions SHELL`.

use clap::CommandFactory;

use crate::cli::arguments::Arguments;
use crate::cli::output::line;

/// Prints the completions of `shell`.
pub(in crate::cli) fn print(shell: clap_complete::Shell) {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "pyfa", &mut text);
    line(String::from_utf8_lossy(&text).trim_end());
}
