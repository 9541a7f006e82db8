//! The JavaScript clients of search front ends, fetched once with npm into the cache folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::requirement::Requirement;
use crate::typesense::cache_folder;

/// The clients, their peer dependency, and a bundler.
const PACKAGES: [&str; 4] = [
    "typesense@3.1.0",
    "typesense-instantsearch-adapter@3.0.2",
    "@babel/runtime@7.28.4",
    "esbuild@0.25.9",
];
/// The name of the folder. Change it together with [`PACKAGES`].
const NAME: &str = "javascript-2";

/// A folder with `node_modules` and the bundler `esbuild` in it, or `None` where tests that need
/// Node.js are left out.
///
/// # Panics
///
/// If they cannot be fetched.
#[must_use]
pub fn clients_or_skip() -> Option<PathBuf> {
    Requirement::Node.require(|| fetch_clients(&cache_folder()))
}

fn fetch_clients(cache: &Path) -> std::io::Result<PathBuf> {
    let folder = cache.join(NAME);
    if folder.is_dir() {
        return Ok(folder);
    }
    fs_err::create_dir_all(cache)?;
    let lock = File::create(cache.join("javascript.lock"))?;
    lock.lock()?;
    if folder.is_dir() {
        return Ok(folder);
    }
    let fresh = tempfile::tempdir_in(cache)?;
    fs_err::write(fresh.path().join("package.json"), r#"{"type": "module"}"#)?;
    let output = Command::new("npm")
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
        ])
        .arg(fresh.path())
        .args(PACKAGES)
        .output()?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let first = stderr.lines().next().unwrap_or("no message");
        return Err(std::io::Error::other(format!("npm failed: {first}")));
    }
    fs_err::rename(fresh.keep(), &folder)?;
    Ok(folder)
}
