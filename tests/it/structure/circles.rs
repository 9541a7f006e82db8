//! No files that need each other: what is read first is found below.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use super::root;
use super::sources::{Import, ModulePath, SourceTree};

/// Files that may name each other all the same: two paths and the reason.
const EXCEPTIONS: [(&str, &str, &str); 0] = [];

/// A node, and those that it names.
type Graph = BTreeMap<ModulePath, BTreeSet<ModulePath>>;

fn graph(imports: &[Import]) -> Graph {
    let mut graph = Graph::new();
    for import in imports {
        graph
            .entry(import.from.clone())
            .or_default()
            .insert(import.to.clone());
    }
    graph
}

/// All that a node leads to.
fn reachable(graph: &Graph, from: &ModulePath) -> BTreeSet<ModulePath> {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(node) = next.pop() {
        for to in graph.get(node).into_iter().flatten() {
            if seen.insert(to.clone()) {
                next.push(to);
            }
        }
    }
    seen
}

/// The imports whose two ends lead to each other.
fn in_circles(imports: &[Import]) -> Vec<&Import> {
    let graph = graph(imports);
    let reachable: BTreeMap<&ModulePath, BTreeSet<ModulePath>> = graph
        .keys()
        .map(|node| (node, reachable(&graph, node)))
        .collect();
    let leads = |from: &ModulePath, to: &ModulePath| {
        reachable.get(from).is_some_and(|all| all.contains(to))
    };
    imports
        .iter()
        .filter(|import| leads(&import.to, &import.from))
        .collect()
}

/// The same imports between the rooms of a crate, its topmost modules.
fn between_rooms(imports: &[Import]) -> Vec<Import> {
    let room = |module: &ModulePath| module.iter().take(1).cloned().collect::<ModulePath>();
    imports
        .iter()
        .filter(|import| !import.from.is_empty() && !import.to.is_empty())
        .map(|import| Import {
            from: room(&import.from),
            line: import.line,
            to: room(&import.to),
        })
        .filter(|import| import.from != import.to)
        .collect()
}

#[test]
fn no_files_import_each_other() -> Result<()> {
    let mut violations = Vec::new();
    let mut needed = BTreeSet::new();
    for (name, folder) in super::crates()? {
        let tree = SourceTree::read(root(), Path::new(&folder), &name)?;
        for import in in_circles(&tree.imports()) {
            let (from, to) = (tree.path_of(&import.from), tree.path_of(&import.to));
            let excepted = EXCEPTIONS.iter().find(|(one, other, _)| {
                let pair = [Path::new(one), Path::new(other)];
                pair.contains(&from) && pair.contains(&to)
            });
            match excepted {
                Some((one, other, _)) => _ = needed.insert((*one, *other)),
                None => violations.push(format!(
                    "{}:{}: imports {}, which leads back to it",
                    from.display(),
                    import.line,
                    to.display()
                )),
            }
        }
    }
    for (one, other, reason) in EXCEPTIONS {
        if !needed.contains(&(one, other)) {
            violations.push(format!(
                "nobody needs the exception {one} ⇄ {other} ({reason})"
            ));
        }
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
    Ok(())
}

#[test]
fn no_rooms_import_each_other() -> Result<()> {
    let mut violations = Vec::new();
    for (name, folder) in super::crates()? {
        let tree = SourceTree::read(root(), Path::new(&folder), &name)?;
        let imports = tree.imports();
        let rooms = between_rooms(&imports);
        let circles: BTreeSet<(&ModulePath, &ModulePath)> = in_circles(&rooms)
            .into_iter()
            .map(|import| (&import.from, &import.to))
            .collect();
        for import in &imports {
            let rooms = between_rooms(std::slice::from_ref(import));
            if rooms
                .iter()
                .any(|room| circles.contains(&(&room.from, &room.to)))
            {
                violations.push(format!(
                    "{}:{}: imports {}, whose room leads back to its own",
                    tree.path_of(&import.from).display(),
                    import.line,
                    tree.path_of(&import.to).display()
                ));
            }
        }
    }
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
    Ok(())
}

#[test]
fn a_circle_is_seen_however_it_is_written() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let files = [
        ("lib.rs", "mod alpha; mod beta; mod gamma; mod delta;"),
        // Through a group, an alias and a re-export.
        (
            "alpha.rs",
            "use crate::{beta::{inner as other}, gamma};\nfn a() { other::made(); }",
        ),
        ("beta/mod.rs", "mod deep;\npub(crate) use deep::inner;"),
        (
            "beta/deep.rs",
            "pub(crate) mod inner { pub fn made() { vec![super::super::super::delta::b()]; } }",
        ),
        ("delta.rs", "pub fn b() { crate::alpha::a() }"),
        // Not in a circle: a child that only its parent knows, and what tests import.
        (
            "gamma.rs",
            "mod child;\npub use child::Thing;\npub struct Base;\n#[cfg(test)]\nmod tests { use crate::alpha; }",
        ),
        (
            "gamma/child.rs",
            "use super::Base;\npub struct Thing(Base);",
        ),
    ];
    for (name, text) in files {
        let path = folder.path().join("src").join(name);
        fs_err::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        fs_err::write(path, text)?;
    }
    let seen = |folder: &Path| -> Result<Vec<String>> {
        let tree = SourceTree::read(folder, Path::new("src"), "example")?;
        let imports = tree.imports();
        let mut seen: Vec<String> = in_circles(&imports)
            .into_iter()
            .map(|import| format!("{} → {}", import.from.join("::"), import.to.join("::")))
            .collect();
        seen.dedup();
        Ok(seen)
    };
    assert_eq!(
        seen(folder.path())?,
        ["alpha → beta::deep", "beta::deep → delta", "delta → alpha"]
    );
    // As soon as the parent's own code uses what it re-exports, the child leads back to it.
    let path = folder.path().join("src/gamma.rs");
    fs_err::write(
        path,
        "mod child;\npub use child::Thing;\npub struct Base;\nfn f(_: Thing) {}",
    )?;
    assert_eq!(
        seen(folder.path())?.last().map(String::as_str),
        Some("gamma::child → gamma")
    );
    Ok(())
}
