//! The Python client of the search server, fetched once with pip into the cache folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::requirement::Requirement;
use crate::typesense::cache_folder;

const PACKAGE: &str = "typesense==2.1.1";
/// The name of the folder. Change it together with [`PACKAGE`].
const NAME: &str = "python-1";

/// The path of a Python that has the client, or `None` where tests that need it are left out.
///
/// # Panics
///
/// If it cannot be fetched.
#[must_use]
pub fn client_or_skip() -> Option<PathBuf> {
    Requirement::Python.require(|| fetch_client(&cache_folder()))
}

fn fetch_client(cache: &Path) -> std::io::Result<PathBuf> {
    let folder = cache.join(NAME);
    let python = folder.join("bin/python");
    // Written last, because a virtual environment cannot be created elsewhere and moved.
    let done = folder.join("done");
    if done.is_file() {
        return Ok(python);
    }
    fs_err::create_dir_all(cache)?;
    let lock = File::create(cache.join("python.lock"))?;
    lock.lock()?;
    if done.is_file() {
        return Ok(python);
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&folder))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", PACKAGE]))?;
    fs_err::write(done, "")?;
    Ok(python)
}

fn run(command: &mut Command) -> std::io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let last = stderr.lines().last().unwrap_or("no message");
    Err(std::io::Error::other(last.to_owned()))
}
