//! The recorded documents in `tests/fixtures`. Any test of the workspace can read them.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder `tests/fixtures` of the workspace.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

/// Reads the recorded project documents (`/pypi/<name>/json`), ordered by file name.
pub fn project_documents() -> std::io::Result<Vec<Value>> {
    documents_in(&folder().join("pypi"))
}

/// Reads the peer program's documents for the newest release of each project: display name and
/// document.
pub fn expected_documents() -> std::io::Result<Vec<(String, Value)>> {
    let expected = folder().join("expected");
    json_files(&expected)?
        .into_iter()
        .map(|path| {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Ok((name, read_json(&path)?))
        })
        .collect()
}

/// Reads the JSON documents of a folder, ordered by file name.
pub fn documents_in(folder: &Path) -> std::io::Result<Vec<Value>> {
    json_files(folder)?
        .iter()
        .map(|path| read_json(path))
        .collect()
}

fn json_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_json(path: &Path) -> std::io::Result<Value> {
    Ok(serde_json::from_slice(&fs_err::read(path)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_projects_with_their_releases_are_recorded() -> std::io::Result<()> {
        let documents = project_documents()?;
        let releases: usize = documents
            .iter()
            .filter_map(|document| document["releases"].as_object())
            .map(serde_json::Map::len)
            .sum();
        assert_eq!((documents.len(), releases), (10, 1232));
        Ok(())
    }

    #[test]
    fn expected_documents_are_named_after_their_project() -> std::io::Result<()> {
        let expected = expected_documents()?;
        assert_eq!(expected.len(), 9);
        for (name, document) in expected {
            assert_eq!(document["name"].as_str(), Some(name.as_str()));
        }
        Ok(())
    }
}
