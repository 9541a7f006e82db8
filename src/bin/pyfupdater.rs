//! `pyfupdater`: the name under which the guide knows `pyfa manage`.

fn main() -> std::process::ExitCode {
    pyfa::cli::main(pyfa::cli::Program::Updater)
}
