//! `pyfaggregator`: the name under which the guide knows `pyfa pypi`.

/// As in `pyfa`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    pyfa::cli::main(pyfa::cli::Program::Aggregator)
}
