//! `--migrate`: what arrives in the copy, and what is refused.

use pyfa::search::{CurationKind, Field, NewCollection};
use serde_json::{Map, Value, json};

use super::{bare, document, filled, small};
use crate::support::wait;

#[test]
fn a_copy_can_be_repeated_and_touches_no_alias() {
    let Some(world) = filled() else { return };
    let (target, copy) = (world.target.as_str(), format!("{}-copy", world.target));
    let command = ["--migrate", "-s", target, "-t", &copy];
    let copied = world.manage_json(&command);
    assert_eq!(
        (&copied["documents"], &copied["is_new"], &copied["deleted"]),
        (&json!(12), &json!(true), &json!(0))
    );
    assert_eq!(world.held(&copy), world.documents());
    assert_eq!(world.manage_json(&command)["is_new"], false);
    assert_eq!(world.real(target), Some(format!("{target}-1")));

    // A fetch into the copy goes on where the source stood.
    let mut fetch = world.command(&["pypi", "-t", &copy, "--format", "json", "-i", "-p", "plone"]);
    let fetched = crate::support::outcome(&mut fetch).exits(0);
    assert_eq!(fetched.requests("project"), 0, "{}", fetched.report);
    assert_eq!(fetched.number("documents.written"), 0);
}

#[test]
fn what_only_the_copy_has_goes_if_that_is_meant() {
    let Some(world) = filled() else { return };
    let (target, copy) = (world.target.as_str(), format!("{}-copy", world.target));
    let command = ["--migrate", "-s", target, "-t", &copy];
    world.manage(&command).exits(0);
    world.write(
        &copy,
        &[
            document("extra"),
            json!({"id": "plone.part0-1.0", "name": "x"}),
        ]
        .map(|one| {
            let mut whole = document("plone.part0-1.0");
            for (key, value) in one.as_object().expect("an object") {
                whole[key] = value.clone();
            }
            whole
        }),
    );
    let refused = world.manage(&command).exits(2);
    assert!(
        refused.stderr.contains("delete 1 document there"),
        "{}",
        refused.stderr
    );
    assert_eq!(world.held(&copy).len(), 13);
    world
        .manage(&["--migrate", "-s", target, "-t", &copy, "-f"])
        .exits(0);
    assert_eq!(world.held(&copy), world.documents());
}

#[test]
fn a_copy_needs_a_place_of_its_own() {
    let Some(world) = filled() else { return };
    let (target, real) = (world.target.as_str(), format!("{}-1", world.target));
    world
        .manage(&["--migrate", "-s", target, "-t", &real])
        .exits(2);
    world
        .manage(&["--migrate", "-s", target, "-t", target])
        .exits(2);
    world
        .manage(&["--migrate", "-s", "no-such-thing", "-t", "x"])
        .exits(1);
    world.manage(&["--migrate", "-s", target]).exits(2);
    let other = format!("{target}-small");
    world.create(&NewCollection {
        fields: vec![field("name", "int64")],
        ..small(&other)
    });
    let refused = world
        .manage(&["--migrate", "-s", target, "-t", &other])
        .exits(1);
    assert!(
        refused.stderr.contains("`name` is int64"),
        "{}",
        refused.stderr
    );
    let planned = world
        .manage(&["--migrate", "-s", target, "-t", "new-one", "--dry-run"])
        .exits(0);
    assert!(
        planned.stdout.contains("12 documents"),
        "{}",
        planned.stdout
    );
    assert!(!world.exists("new-one"));
}

fn field(name: &str, kind: &str) -> Field {
    Field {
        name: name.to_owned(),
        kind: kind.to_owned(),
        facet: true,
        index: true,
        optional: true,
        sort: false,
        other: Map::new(),
    }
}

/// A collection as other tools leave it: other types, fields of its owner's, flattened copies.
#[test]
fn what_was_stored_under_another_schema_arrives() {
    let Some(world) = bare() else { return };
    let source = world.typesense.unique_name("peer");
    let copy = format!("{source}-copy");
    let mut theirs = NewCollection::named(&source);
    for kept in &mut theirs.fields {
        if matches!(kept.name.as_str(), "github_stars" | "health_score") {
            kept.kind = "string".to_owned();
        }
    }
    theirs.fields.push(field("audience", "string[]"));
    world.create(&theirs);
    let mut whole = document("a-1");
    whole["github_stars"] = json!("12");
    whole["health_score"] = json!("good");
    whole["audience"] = json!(["editors"]);
    whole["contributors"] = json!([{"username": "ada"}]);
    whole["own"] = json!({"depth": 1.5, "text": "Grüße, 世界"});
    world.write(&source, &[whole.clone(), document("b-1")]);
    let synonym: Map<String, Value> = [("synonyms".to_owned(), json!(["cms", "plone"]))]
        .into_iter()
        .collect();
    wait(
        world
            .search()
            .set_rule(&source, CurationKind::Synonyms, "one two", &synonym),
    )
    .expect("a rule");

    let said = world
        .manage(&["--migrate", "-s", &source, "-t", &copy])
        .exits(0);
    assert!(
        said.stderr.contains("`health_score` of 1 document"),
        "{}",
        said.stderr
    );
    let held = world.held(&copy);
    let mut expected = whole;
    expected["github_stars"] = json!(12);
    expected
        .as_object_mut()
        .expect("an object")
        .remove("health_score");
    assert_eq!(Value::Object(held["a-1"].clone()), expected);
    let rules = wait(world.search().list_rules(&copy, CurationKind::Synonyms)).expect("rules");
    assert_eq!(rules[0]["synonyms"], json!(["cms", "plone"]));
    let found = wait(world.search().search(
        &copy,
        &[
            ("q", "*".to_owned()),
            ("query_by", "name".to_owned()),
            ("filter_by", "audience:=editors".to_owned()),
        ],
    ))
    .expect("an answer");
    assert_eq!(found["found"], 1);
}
