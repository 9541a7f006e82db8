//! Holds the shape of the source: who may import whom, how long a file is, how it begins, and what
//! its code does not do.

mod circles;
mod habits;
mod items;
mod layers;
mod sources;

use std::path::Path;

use anyhow::{Result, ensure};

pub(crate) use items::{attributes, is_for_tests, is_test_file};
pub(crate) use sources::rust_files;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names by which the project's crates are imported, and the folders of their sources.
pub(crate) fn crates() -> Result<Vec<(String, String)>> {
    let mut crates = vec![("pyfa".to_owned(), "src".to_owned())];
    for entry in fs_err::read_dir(root().join("crates"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        crates.push((format!("pyfa_{name}"), format!("crates/{name}/src")));
    }
    crates.sort();
    ensure!(crates.len() > 1, "no crate in crates/");
    Ok(crates)
}
