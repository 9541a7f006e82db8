//! `pyfgithub`: the name under which the guide knows `pyfa github`.

fn main() -> std::process::ExitCode {
    pyfa::cli::main(pyfa::cli::Program::GitHub)
}
