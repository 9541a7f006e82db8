//! Imports point downwards, crates are strangers to each other, and a file is short and says what
//! it is.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::root;
use super::sources::{Import, SourceTree, rust_files};

/// From the top: a module imports from the layers below its own, never from its own or above.
const LAYERS: [&[&str]; 10] = [
    &["cli"],
    // It composes the settings of all, and hands them down through `cli`.
    &["config"],
    // It writes the gallery's pages to files.
    &["export"],
    &["web"],
    // It adds to documents what `activity` knows.
    &["enrich"],
    &[
        "pipeline",
        "manage",
        "catalog",
        "activity",
        "archive",
        "discovery",
        "board",
        "jobs",
        "records",
        "access",
    ],
    &["workspace"],
    // What hosts agree on through the database; it implements traits of `forge` and `search`.
    &["hosts"],
    &[
        "registry",
        "forge",
        "openhumans",
        "search",
        "store",
        "database",
        "transform",
    ],
    &["profile", "model", "progress"],
];

/// Exceptions to the layers: which module, what it imports, and why.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "profile",
    "model",
    "rules name projects by their normalised name",
)];

const LONGEST_FILE: usize = 500;

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// What is wrong with an import, if anything is. `from` is `None` for the programs.
fn objection(from: Option<&str>, to: &str) -> Option<String> {
    let Some(from) = from else {
        return (to != "cli")
            .then(|| format!("a program imports `{to}`; it may import `cli` alone"));
    };
    let (Some(above), Some(below)) = (layer(from), layer(to)) else {
        let missing = if layer(from).is_none() { from } else { to };
        return Some(format!(
            "`{missing}` is in no layer; put it into the table of this test"
        ));
    };
    let excepted = EXCEPTIONS
        .iter()
        .any(|(one, other, _)| (*one, *other) == (from, to));
    (from != to && above >= below && !excepted)
        .then(|| format!("`{from}` imports `{to}`, which is not in a layer below it"))
}

#[test]
fn imports_point_downwards() -> Result<()> {
    let mut violations = Vec::new();
    let mut used = BTreeSet::new();
    let tree = SourceTree::read(root(), Path::new("src"), "pyfa")?;
    for Import { from, line, to } in tree.imports() {
        let path = tree.path_of(&from).display();
        let Some(to) = to.first() else {
            continue;
        };
        let from = match from.first().map(String::as_str) {
            None | Some("main" | "bin") => None,
            module => module,
        };
        used.insert((from.unwrap_or_default().to_owned(), to.clone()));
        if let Some(objection) = objection(from, to) {
            violations.push(format!("{path}:{line}: {objection}"));
        }
    }
    for (from, to, reason) in EXCEPTIONS {
        if !used.contains(&(from.to_owned(), to.to_owned())) {
            violations.push(format!(
                "nobody needs the exception {from} → {to} ({reason})"
            ));
        }
    }
    ensure!(!used.is_empty(), "no import was found");
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
    Ok(())
}

#[test]
fn crates_know_none_of_their_neighbours() -> Result<()> {
    let mut violations = Vec::new();
    let mut manifests = vec![root().join("Cargo.toml")];
    for entry in fs_err::read_dir(root().join("crates"))? {
        manifests.push(entry?.path().join("Cargo.toml"));
    }
    ensure!(manifests.len() > 1, "no crate in crates/");
    for path in manifests {
        let text = fs_err::read_to_string(&path)?;
        let shown = path.strip_prefix(root())?.display().to_string();
        let manifest: toml::Table = text.parse().with_context(|| shown.clone())?;
        for (section, name) in dependencies(&manifest) {
            let is_kit = name == "pyfa-testkit";
            let allowed = match shown.as_str() {
                "Cargo.toml" => !is_kit || section == "dev-dependencies",
                _ => is_kit && section == "dev-dependencies",
            };
            if name.starts_with("pyfa") && !allowed {
                let line = 1 + text
                    .lines()
                    .position(|line| line.starts_with(&name))
                    .unwrap_or_default();
                violations.push(format!(
                    "{shown}:{line}: `{name}` does not belong into [{section}]"
                ));
            }
        }
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
    Ok(())
}

/// Section and name of everything that a package depends on, on whatever platform.
fn dependencies(manifest: &toml::Table) -> Vec<(&'static str, String)> {
    const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let platforms = manifest.get("target").and_then(toml::Value::as_table);
    let tables = platforms
        .into_iter()
        .flat_map(|all| all.values().filter_map(toml::Value::as_table));
    let mut dependencies = Vec::new();
    for table in std::iter::once(manifest).chain(tables) {
        for section in SECTIONS {
            let names = table.get(section).and_then(toml::Value::as_table);
            dependencies.extend(
                names
                    .into_iter()
                    .flat_map(|all| all.keys())
                    .map(|name| (section, name.clone())),
            );
        }
    }
    dependencies
}

#[test]
fn files_are_short_and_say_what_they_are() -> Result<()> {
    let mut violations = Vec::new();
    let mut files = rust_files(&root().join("src"))?;
    files.extend(rust_files(&root().join("crates"))?);
    for path in files {
        let text = fs_err::read_to_string(&path)?;
        let path = path.strip_prefix(root())?;
        let length = text.lines().count();
        if length > LONGEST_FILE {
            violations.push(format!(
                "{}:{LONGEST_FILE}: {length} lines are too many to read at once; cut it in two",
                path.display()
            ));
        }
        if !text.starts_with("//!") {
            violations.push(format!(
                "{}:1: does not begin with a `//!` comment",
                path.display()
            ));
        }
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
    Ok(())
}

#[test]
fn wrong_directions_are_told_from_right_ones() {
    for (from, to) in [
        ("cli", "store"),
        ("config", "search"),
        ("pipeline", "model"),
        ("store", "store"),
    ] {
        assert_eq!(objection(Some(from), to), None, "{from} → {to}");
    }
    for (from, to) in [
        ("store", "pipeline"),
        ("search", "config"),
        ("registry", "store"),
        ("cli", "novel"),
        ("model", "*"),
    ] {
        assert!(objection(Some(from), to).is_some(), "{from} → {to}");
    }
    assert_eq!(objection(None, "cli"), None);
    assert!(objection(None, "pipeline").is_some());
}
