//! Recorded packages: our documents against those of the peer program, field by field, and against
//! what is right where the peer is wrong.

use std::collections::{BTreeMap, BTreeSet};

use pyfa::model::{RegistryKind, document_id};
use pyfa_testkit::fixtures;
use serde_json::{Map, Value, json};

use super::NpmWorld;
use crate::support::outcome;

/// Fields that differ from the peer's on purpose, and why.
const DIFFERENT: [(&str, &str); 13] = [
    ("id", "names that PyPI may have get a prefix"),
    ("identifier", "the same as `id`"),
    (
        "project_url",
        "the peer leaves it empty; it is the same as `package_url`",
    ),
    ("version_order", "the peer has none"),
    (
        "upload_time",
        "the peer writes a text and the number; we write the number",
    ),
    ("author", "`Name <address>` is taken apart"),
    ("author_email", "the same"),
    ("requires_dist", "in the order of names"),
    (
        "repository_url",
        "short forms are addresses that a page can link to",
    ),
    (
        "description_content_type",
        "empty without a README; by the file's name",
    ),
    (
        "version_sortable",
        "held against the rule for semantic versions",
    ),
    ("version_postfix", "the same"),
    ("keywords", "without empty ones"),
];

/// Names of recorded packages and their packuments.
fn packuments() -> Vec<(String, Value)> {
    let documents = fixtures::documents_in(&fixtures::folder().join("npm")).expect("fixtures");
    let name = |document: &Value| document["name"].as_str().expect("a name").to_owned();
    documents.into_iter().map(|it| (name(&it), it)).collect()
}

/// What the peer has written, and what is right in its place, by package and version.
fn expected() -> BTreeMap<(String, String), (Value, Map<String, Value>)> {
    let folder = fixtures::folder().join("npm/expected");
    let mut expected = BTreeMap::new();
    for package in fixtures::documents_in(&folder).expect("fixtures") {
        let name = package["package"].as_str().expect("a name");
        for one in package["documents"].as_array().expect("documents") {
            let version = one["version"].as_str().expect("a version");
            let mut right = Map::new();
            for wrong in one["wrong"].as_array().expect("a list") {
                match (wrong["field"].as_str(), &wrong["right"]) {
                    // Fields that the peer does not have.
                    (Some("(none)"), Value::Object(fields)) => right.extend(fields.clone()),
                    (Some(field), value) => {
                        right.insert(field.to_owned(), value.clone());
                    }
                    _ => {}
                }
            }
            let key = (name.to_owned(), version.to_owned());
            expected.insert(key, (one["peer"].clone(), right));
        }
    }
    expected
}

/// Whether a value is the one that is right; numbers may be written as texts.
fn is_right(found: &Value, right: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.to_ascii_lowercase(),
        other => other.to_string(),
    };
    found == right || text(found) == text(right)
}

#[test]
fn documents_are_those_of_the_peer_with_its_mistakes_repaired() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    let packuments = packuments();
    for (_, document) in &packuments {
        world.npm.load(document);
    }
    let names: Vec<String> = packuments
        .iter()
        .map(|(name, _)| format!("{name:?}"))
        .collect();
    let folder = world.world.home.path().join("profiles");
    fs_err::create_dir_all(&folder).expect("a folder");
    let profile = format!("name = \"All\"\n[npm]\nnames = [{}]\n", names.join(", "));
    fs_err::write(folder.join("all.toml"), profile).expect("a file");
    let mut command = world.npm_command(&["-f", "-p", "all"]);
    let run = outcome(command.env("PROFILES_DIR", &folder)).exits(0);
    assert_eq!(run.number("projects.failed"), 0, "{}", run.report);

    let documents = world.world.documents();
    let accepted: BTreeSet<&str> = DIFFERENT.iter().map(|(field, _)| *field).collect();
    let mut differences = Vec::new();
    let mut compared = 0;
    for ((name, version), (peer, right)) in expected() {
        let id = document_id(RegistryKind::Npm, &name, &version);
        let Some(document) = documents.get(&id) else {
            differences.push(format!("{id} is missing"));
            continue;
        };
        for (field, value) in &right {
            if matches!(field.as_str(), "version_sortable") {
                assert_ne!(document[field], peer[field], "{id}");
            } else if !is_right(&document[field], value) {
                differences.push(format!("{id} {field}: {} is not {value}", document[field]));
            }
            compared += 1;
        }
        let Value::Object(peer) = peer else { continue };
        for (field, value) in &peer {
            if right.contains_key(field) || accepted.contains(field.as_str()) {
                continue;
            }
            // A link to the home page follows what is right there.
            let value = match right.get("home_page") {
                Some(home_page) if field == "project_urls" => &json!({ "Homepage": home_page }),
                _ => value,
            };
            let ours = document.get(field).cloned().unwrap_or_default();
            let is_empty = |value: &Value| matches!(value, Value::Null) || *value == json!("");
            if ours != *value && !(is_empty(&ours) && is_empty(value)) {
                differences.push(format!("{id} {field}: {ours} is not the peer's {value}"));
            }
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared} values were compared");
    assert!(differences.is_empty(), "{differences:#?}");

    // What npm holds is no package.
    assert!(
        documents
            .values()
            .all(|document| document["name"] != "crossenv")
    );
    // What the peer leaves out.
    let volto = &documents["@nuxt--kit-4.3.0"];
    assert_eq!(volto["provenance"], json!(true));
    assert_eq!(volto["repository_directory"], json!("packages/kit"));
    let registry = documents
        .values()
        .find(|document| document["name"] == "@plone/registry" && document["version"] == "1.8.0");
    let peers = &registry.expect("a release")["peer_dependencies"];
    assert_eq!(
        *peers,
        json!([
            "react ^16.8.0 || ^17.0.0 || ^18.0.0",
            "react-dom ^16.8.0 || ^17.0.0 || ^18.0.0"
        ])
    );
}

#[test]
fn a_collection_of_the_peer_is_taken_over() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    world
        .npm
        .publish("sigstore", "3.0.0", &super::volto("unscoped"));
    world
        .npm
        .publish("@plone/volto", "18.0.0", &super::volto("scoped"));
    world.npm(&super::FULL).exits(0);
    let fresh = world.world.content();

    // What the peer has written: other ids for the unscoped one, and stars.
    let other = world.beside();
    other.world.pypi(&["-f", "-p", "plone"]).exits(0);
    let search = other.world.search();
    let target = other.world.target.clone();
    let peer = |id: &str, name: &str, version: &str| {
        let mut document = fresh
            .values()
            .find(|one| one["name"] == name)
            .expect("one")
            .clone();
        for field in [
            "serial",
            "is_latest",
            "release_count",
            "version_order",
            "first_upload",
        ] {
            document.remove(field);
        }
        for (field, value) in [("id", id), ("identifier", id), ("version", version)] {
            document.insert(field.to_owned(), value.into());
        }
        document.insert("github_stars".to_owned(), json!(7));
        document.insert("summary".to_owned(), json!("of the peer"));
        serde_json::to_vec(&document).expect("JSON").into()
    };
    let lines = vec![
        peer("sigstore-3.0.0", "sigstore", "3.0.0"),
        peer("npm:sigstore:2.9.0", "sigstore", "2.9.0"),
        peer("@plone--volto-18.0.0", "@plone/volto", "18.0.0"),
    ];
    crate::support::wait(search.import(
        &format!("{target}-1"),
        pyfa::search::ImportAction::Upsert,
        lines,
    ))
    .expect("an import");
    let run = other.npm(&super::FULL).exits(0);
    let documents = other.world.documents();
    assert_eq!(
        documents.keys().collect::<Vec<_>>(),
        ["@plone--volto-18.0.0", "npm:sigstore-3.0.0"],
        "{}",
        run.report
    );
    for document in documents.values() {
        assert_eq!(document["github_stars"], json!(7));
        assert_ne!(document["summary"], json!("of the peer"));
    }
}
