//! What others do to the same server while, and before, it is looked after.

use std::process::Stdio;

use pyfa::search::{Field, NewCollection};
use serde_json::{Map, json};

use super::kills::Gated;
use super::{bare, document, filled, small};
use crate::support::gate::Hold;
use crate::support::{finish, kill, until, wait};

/// Does something at the very moment before the rebuild makes its change with this number, and
/// lets it go on to its end.
fn before_change(
    gated: &Gated,
    number: usize,
    arguments: &[&str],
    meanwhile: impl FnOnce(),
) -> crate::support::Outcome {
    gated.gate.hold(number, Hold::Pause);
    let run = gated
        .command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    until("the change is held", || gated.gate.is_holding());
    meanwhile();
    gated.gate.open();
    finish(run)
}

/// The switch is the third change: create, import, switch.
const SWITCH: usize = 2;

#[test]
fn what_was_written_after_the_comparison_keeps_the_old_one() {
    let Some(gated) = Gated::new() else { return };
    let (world, target) = (&gated.world, gated.world.target.as_str());
    let old = format!("{target}-1");
    let said = before_change(
        &gated,
        SWITCH,
        &["--recreate-collection", target, "-f"],
        || {
            world.write(&old, &[document("late-1")]);
        },
    )
    .exits(0);
    assert!(
        said.stderr.contains("does not hold the same"),
        "{}",
        said.stderr
    );
    assert_eq!(world.held(&old).len(), 13);
    assert_eq!(world.documents().len(), 12);
}

#[test]
fn an_alias_that_somebody_moves_meanwhile_is_not_taken_back() {
    let Some(gated) = Gated::new() else { return };
    let (world, target) = (&gated.world, gated.world.target.as_str());
    let (also, late) = (format!("{target}-also"), format!("{target}-late"));
    let elsewhere = format!("{target}-elsewhere");
    world
        .manage(&["--add-alias", "-s", &also, "-t", target])
        .exits(0);
    world.create(&NewCollection::named(&elsewhere));
    let said = before_change(
        &gated,
        SWITCH,
        &["--recreate-collection", target, "-f"],
        || {
            wait(world.search().set_alias(&also, &elsewhere)).expect("a move");
            wait(world.search().set_alias(&late, &format!("{target}-1"))).expect("an alias");
        },
    )
    .exits(0);
    assert!(
        said.stderr.contains(&format!("elsewhere by now: `{also}`")),
        "{}",
        said.stderr
    );
    assert_eq!(world.real(&also), Some(elsewhere));
    assert_eq!(world.real(target), Some(format!("{target}-2")));
    // The old one is still in use under a name that came late.
    assert!(
        said.stderr.contains(&format!("`{late}` points at it")),
        "{}",
        said.stderr
    );
    assert_eq!(world.real(&late), Some(format!("{target}-1")));
}

#[test]
fn a_half_copy_with_documents_of_others_is_left_alone() {
    let Some(gated) = Gated::new() else { return };
    let (world, target) = (&gated.world, gated.world.target.as_str());
    gated.gate.hold(1, Hold::After);
    let run = gated.start(&["--recreate-collection", target]);
    until("the import is held", || gated.gate.is_holding());
    kill(run);
    let half = format!("{target}-2");
    // It is no place for others.
    gated.gate.open();
    let refused =
        crate::support::outcome(&mut gated.command(&["--add-alias", "-s", "x", "-t", &half]));
    assert!(
        refused.stderr.contains("finish it first"),
        "{}",
        refused.stderr
    );
    let refused =
        crate::support::outcome(&mut gated.command(&["--migrate", "-s", target, "-t", &half]));
    assert!(
        refused.stderr.contains("finish it first"),
        "{}",
        refused.stderr
    );
    let listed = crate::support::outcome(&mut gated.command(&["-ls"])).exits(0);
    assert!(
        listed.stderr.contains("an unfinished rebuild"),
        "{}",
        listed.stderr
    );
    world.write(&half, &[document("precious-1")]);
    gated.run(&["--recreate-collection", target]);
    assert_eq!(world.real(target), Some(format!("{target}-3")));
    assert!(world.held(&half).contains_key("precious-1"));
}

#[test]
fn a_copy_that_was_made_beside_ours_is_left_alone() {
    let Some(gated) = Gated::new() else { return };
    let (world, target) = (&gated.world, gated.world.target.as_str());
    // Somebody else makes the same version first.
    let same = format!("{target}-2");
    let said = before_change(&gated, 0, &["--recreate-collection", target], || {
        world.create(&NewCollection::named(&same));
        world.write(&same, &[document("precious-1")]);
    });
    said.exits(1);
    gated.run(&["--recreate-collection", target]);
    assert_eq!(world.held(&same).len(), 1);
    assert_eq!(world.real(target), Some(format!("{target}-3")));
}

#[test]
fn an_interrupted_rebuild_whose_collections_are_gone_is_forgotten() {
    let Some(gated) = Gated::new() else { return };
    let (world, target) = (&gated.world, gated.world.target.as_str());
    gated.gate.hold(1, Hold::After);
    let run = gated.start(&["--recreate-collection", target]);
    until("the import is held", || gated.gate.is_holding());
    kill(run);
    wait(world.search().delete_collection(&format!("{target}-2"))).expect("an end");
    gated.run(&["--recreate-collection", target]);
    assert_eq!(world.real(target), Some(format!("{target}-2")));
    gated.run(&["--rollback", target]);
    assert_eq!(world.real(target), Some(format!("{target}-1")));
}

#[test]
fn a_version_without_its_alias_is_named_and_not_replaced() {
    let Some(world) = filled() else { return };
    let target = world.target.as_str();
    wait(world.search().delete_alias(target)).expect("an end");
    let refused = world.manage(&["--recreate-collection", target]).exits(1);
    assert!(
        refused
            .stderr
            .contains(&format!("alias add {target} {target}-1")),
        "{}",
        refused.stderr
    );
    assert_eq!(world.real(target), None);
}

#[test]
fn going_back_by_guess_is_asked_for() {
    let Some(world) = bare() else { return };
    let name = world.typesense.unique_name("log");
    for version in ["2024", "2025"] {
        let collection = format!("{name}-{version}");
        world.create(&NewCollection::named(&collection));
        world.write(&collection, &[document(version)]);
    }
    world
        .manage(&["--add-alias", "-s", &name, "-t", &format!("{name}-2025")])
        .exits(0);
    let refused = world.manage(&["--rollback", &name]).exits(2);
    assert!(refused.stderr.contains("no rebuild"), "{}", refused.stderr);
    world.manage(&["--rollback", &name, "-f"]).exits(0);
    assert_eq!(world.real(&name), Some(format!("{name}-2024")));
}

#[test]
fn a_shadowed_alias_is_no_alias() {
    let Some(world) = filled() else { return };
    let target = world.target.as_str();
    let shadowed = format!("{target}-shadowed");
    world
        .manage(&["--add-alias", "-s", &shadowed, "-t", target])
        .exits(0);
    // The program would refuse to; the server does not.
    let url = format!("{}/collections", world.typesense.url());
    let body = json!({"name": shadowed, "fields": [{"name": "name", "type": "string"}]});
    let status = wait(async {
        #[expect(clippy::disallowed_methods, reason = "somebody else's client")]
        let answer = reqwest::Client::new()
            .post(url)
            .header("x-typesense-api-key", world.typesense.api_key())
            .body(body.to_string())
            .send()
            .await;
        answer.expect("an answer").status().as_u16()
    });
    assert_eq!(status, 201);
    world
        .manage(&["--recreate-collection", target, "-f"])
        .exits(0);
    assert_eq!(world.real(target), Some(format!("{target}-2")));
    let names = world.manage(&["-lsn"]).exits(0).stdout;
    assert_eq!(names.lines().filter(|name| **name == shadowed).count(), 1);
}

#[test]
fn collections_of_all_kinds_are_listed() {
    let Some(world) = bare() else { return };
    let name = world.typesense.unique_name("odd");
    let field = |name: &str, kind: &str| Field {
        name: name.to_owned(),
        kind: kind.to_owned(),
        facet: false,
        index: true,
        optional: true,
        sort: false,
        other: Map::new(),
    };
    let mut odd = small(&name);
    odd.fields = vec![
        field("name", "int32"),
        field("name_sortable", "string"),
        field("version", "string"),
    ];
    world.create(&odd);
    world.write(&name, &[json!({"id": "x", "name": 5})]);
    let peer = format!("{name}-peer");
    world.create(&NewCollection::named(&peer));
    let mut other = document("a-2");
    other["name_sortable"] = json!("b");
    world.write(&peer, &[document("a-1"), other]);
    let listed = world.manage_json(&["-ls"]);
    let summary = |name: &str| {
        let all = listed["collections"].as_array().expect("a list");
        all.iter()
            .find(|one| one["name"] == *name)
            .expect("ours")
            .clone()
    };
    assert_eq!(summary(&name)["projects"], json!(null));
    // Without a flag on the latest, the names are counted.
    assert_eq!(summary(&peer)["projects"], 2);
}

#[test]
fn what_the_owner_has_added_to_the_schema_stays() {
    let Some(world) = bare() else { return };
    let name = world.typesense.unique_name("schema");
    let old = format!("{name}-1");
    let own = |name: &str, kind: &str, optional: bool| Field {
        name: name.to_owned(),
        kind: kind.to_owned(),
        facet: true,
        index: true,
        optional,
        sort: false,
        other: Map::new(),
    };
    let mut theirs = NewCollection::named(&old);
    for field in &mut theirs.fields {
        if field.name == "summary" {
            field.facet = true;
            field.other.insert("infix".to_owned(), json!(true));
            field.other.insert("locale".to_owned(), json!("de"));
        }
    }
    theirs.fields.extend([
        own("audience", "string", false),
        own("my.part", "string", true),
        own("x_.*", "int32", true),
    ]);
    world.create(&theirs);
    let mut whole = document("a-1");
    whole["audience"] = json!("editors");
    whole["my"] = json!({"part": "one"});
    whole["x_size"] = json!(5);
    world.write(&old, &[whole]);
    world
        .manage(&["--add-alias", "-s", &name, "-t", &old])
        .exits(0);
    world
        .manage(&["--recreate-collection", &name, "-f"])
        .exits(0);
    let made = wait(world.search().fetch_collection(&name))
        .expect("an answer")
        .expect("a collection");
    assert_eq!(made.name, format!("{name}-2"));
    let summary = made
        .fields
        .iter()
        .find(|field| field.name == "summary")
        .expect("a field");
    assert!(summary.facet && summary.other["infix"] == true && summary.other["locale"] == "de");
    for filter in ["audience:=editors", "my.part:=one", "x_size:=5"] {
        let query = [
            ("q", "*".to_owned()),
            ("query_by", "name".to_owned()),
            ("filter_by", filter.to_owned()),
        ];
        let found = wait(world.search().search(&name, &query)).expect(filter);
        assert_eq!(found["found"], 1, "{filter}");
    }
}
