//! The JavaScript clients of search front ends, fetched once with npm into the cache folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::service::Service;
use crate::typesense::cache_folder;

/// The clients, what they need beside themselves, and the bundler that they are written for.
const PACKAGES: [&str; 4] = [
    "typesense@3.1.0",
    "typesense-instantsearch-adapter@3.0.2",
    "@babel/runtime@7.28.4",
    "esbuild@0.25.9",
];
/// Changes with [`PACKAGES`].
const NAME: &str = "javascript-2";

/// A folder with `node_modules` and the bundler `esbuild` in it, or `None` where tests that need
/// Node.js are left out.
///
/// # Panics
///
/// If they cannot be had.
#[must_use]
pub fn clients_or_skip() -> Option<PathBuf> {
    Service::Node.require(|| clients(&cache_folder()))
}

fn clients(cache: &Path) -> std::io::Result<PathBuf> {
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
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().next().unwrap_or("no reason given");
        return Err(std::io::Error::other(format!("npm failed: {first}")));
    }
    fs_err::rename(fresh.keep(), &folder)?;
    Ok(folder)
}
