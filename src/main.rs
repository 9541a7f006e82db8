//! `pyfa`: see [`pyfa::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    pyfa::cli::main(pyfa::cli::Program::Pyfa)
}
