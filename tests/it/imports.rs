//! Holds the shape of the source: who may import whom, how long a file is, how it begins.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use regex::Regex;

/// From the top: a module imports from the layers below its own, never beside it or above.
const LAYERS: [&[&str]; 5] = [
    &["cli"],
    // It composes the settings of all, and hands them down through `cli`.
    &["config"],
    &["pipeline", "enrich", "manage"],
    &["registry", "forge", "search", "store", "transform"],
    &["profile", "model", "progress"],
];

/// Imports beside the layers: who, whom, and why.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "profile",
    "model",
    "rules name projects by their normalised name",
)];

const LONGEST_FILE: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the project, by its path from the root.
struct Source {
    path: PathBuf,
    text: String,
}

/// All Rust files below a folder of the project, in a fixed order.
fn sources(folder: &str) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs_err::read_to_string(&path)?;
                sources.push(Source {
                    path: path.strip_prefix(root())?.to_owned(),
                    text,
                });
            }
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    ensure!(!sources.is_empty(), "no Rust file in {folder}");
    Ok(sources)
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// The modules from the root of the crate down to this file; empty for the programs.
fn modules_of(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix("src").unwrap_or(path).with_extension("");
    let mut modules: Vec<String> = inside
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if modules.last().is_some_and(|last| last == "mod") {
        modules.pop();
    }
    match modules.first().map(String::as_str) {
        Some("main" | "lib" | "bin") => Vec::new(),
        _ => modules,
    }
}

/// Every module at the root of the crate that a text names, with the number of its line.
///
/// `depth` is how many `super` lead from the file to the root. Comments name whom they like.
fn imports(text: &str, depth: usize) -> Result<Vec<(usize, String)>> {
    let comment = Regex::new(r"(?m)//.*$")?;
    let start = Regex::new(r"\b(?:(?:crate|pyfa)::|((?:super::)+))")?;
    let code = comment.replace_all(text, "");
    let mut imports = Vec::new();
    for found in start.captures_iter(&code) {
        let Some(whole) = found.get(0) else { continue };
        if found
            .get(1)
            .is_some_and(|supers| depth == 0 || supers.len() / "super::".len() != depth)
        {
            continue;
        }
        let rest = code.get(whole.end()..).unwrap_or_default();
        let line = 1 + code
            .get(..whole.start())
            .unwrap_or_default()
            .matches('\n')
            .count();
        let names = first_names(rest).into_iter();
        // The depth of a module inside a file is not known here, the names of the layers are.
        let names = names.filter(|name| found.get(1).is_none() || layer(name).is_some());
        imports.extend(names.map(|name| (line, name)));
    }
    Ok(imports)
}

/// The first name of a path, or of each path in a group.
fn first_names(rest: &str) -> Vec<String> {
    let is_name =
        |character: char| character.is_alphanumeric() || character == '_' || character == '*';
    let first = |path: &str| -> String {
        path.trim_start()
            .chars()
            .take_while(|one| is_name(*one))
            .collect()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![first(rest)];
    };
    let mut names = Vec::new();
    let (mut depth, mut begin) = (0_usize, 0);
    for (position, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(first(group.get(begin..position).unwrap_or_default()));
                begin = position + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
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
    for Source { path, text } in sources("src")? {
        let modules = modules_of(&path);
        for (line, to) in imports(&text, modules.len())? {
            let from = modules.first().map(String::as_str);
            used.insert((from.unwrap_or_default().to_owned(), to.clone()));
            if let Some(objection) = objection(from, &to) {
                violations.push(format!("{}:{line}: {objection}", path.display()));
            }
        }
    }
    for (from, to, reason) in EXCEPTIONS {
        if !used.contains(&(from.to_owned(), to.to_owned())) {
            violations.push(format!(
                "nobody needs the exception {from} → {to} ({reason})"
            ));
        }
    }
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
    for Source { path, text } in sources("src")?.into_iter().chain(sources("crates")?) {
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
fn every_way_to_name_a_module_is_seen() -> Result<()> {
    let text = "//! crate::comment\nuse crate::cli;\nuse crate::{\n    model::{A, B},\n    store,\n};\n\
                fn f() { g!(crate::search::h()); super::super::profile::i(); super::super::unknown::k() }\n";
    let named: Vec<(usize, String)> = imports(text, 2)?;
    let named: Vec<(usize, &str)> = named
        .iter()
        .map(|(line, name)| (*line, name.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            (2, "cli"),
            (3, "model"),
            (3, "store"),
            (7, "search"),
            (7, "profile")
        ]
    );
    assert_eq!(
        modules_of(Path::new("src/store/ledger/mod.rs")),
        ["store", "ledger"]
    );
    assert_eq!(
        modules_of(Path::new("src/bin/pyfgithub.rs")),
        Vec::<String>::new()
    );
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
