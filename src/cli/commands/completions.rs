//! `pyfa completions SHELL`.

use clap::CommandFactory;

use crate::cli::arguments::Arguments;

/// Prints the completions of `shell`.
pub(in crate::cli) fn print(shell: clap_complete::Shell) {
    clap_complete::generate(
        shell,
        &mut Arguments::command(),
        "pyfa",
        &mut std::io::stdout(),
    );
}
