//! `pyfaggregator`: the name under which the guide knows `pyfa pypi`.

fn main() -> std::process::ExitCode {
    pyfa::cli::main(pyfa::cli::Program::Aggregator)
}
