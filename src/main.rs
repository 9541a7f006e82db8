//! `pyfa`: see [`pyfa::cli`].

use std::process::ExitCode;

/// A scan makes and drops a few small texts per project, hundreds of thousands of times.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pyfa::cli::main()
}
