//! What the three older names do: replace themselves with the `pyfa` in the same folder.
//!
//! They link none of the program, so installing them costs no second copy of it. `pyfa` reads the
//! verb off the name it is started under, so a link to `pyfa` under an older name does the same.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};
use std::{env, io};

/// Starts the `pyfa` in this program's folder in its place, under `name`. Arguments, environment,
/// signals and the exit code are then those of `pyfa`. Comes back only if that failed.
pub(crate) fn hand_over(name: &str) -> ExitCode {
    let error = start_pyfa(name);
    #[expect(
        clippy::print_stderr,
        reason = "a program of its own, without the printer of `pyfa`"
    )]
    {
        eprintln!("error: {name} needs the program `pyfa` in its own folder: {error}");
    }
    ExitCode::FAILURE
}

/// The error that kept `pyfa` from starting.
fn start_pyfa(name: &str) -> io::Error {
    // The program itself, where it was started through a link.
    match env::current_exe() {
        Ok(this) => {
            let pyfa = this.with_file_name("pyfa");
            let error = Command::new(&pyfa)
                .arg0(name)
                .args(env::args_os().skip(1))
                .exec();
            io::Error::new(error.kind(), format!("{}: {error}", pyfa.display()))
        }
        Err(error) => error,
    }
}
