//! A real Typesense server for benchmarks and examples. It ends with its stdin.
//!
//! Prints one line: `URL KEY PROCESS-ID`.

use std::io::{Read, Write};

use anyhow::Result;
use pyfa_testkit::typesense::TypesenseServer;

fn main() -> Result<()> {
    let server = TypesenseServer::start_own()?;
    let mut stdout = std::io::stdout();
    writeln!(
        stdout,
        "{} {} {}",
        server.url(),
        server.api_key(),
        server.process_id()
    )?;
    stdout.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
