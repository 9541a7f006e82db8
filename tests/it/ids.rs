//! Which project a document belongs to: no project gets at another one's documents, whatever it
//! is called and whatever ids a collection was filled under.

use std::collections::BTreeMap;
use std::process::Stdio;

use pyfa::search::{ImportAction, LineOutcome};
use serde_json::{Map, Value, json};

use crate::support::gate::{Gate, Hold};
use crate::support::scene::{INCREMENTAL, is_as_undisturbed};
use crate::support::{Outcome, World, kill, outcome, plone, until, wait};

/// A project, and one that somebody has named after a release of it.
const VICTIM: &str = "grommet32";
const STRANGER: &str = "grommet32-3.2.3";
/// `<VICTIM>-3.2.3-2` and `<STRANGER>-2`.
const SHARED: &str = "grommet32-3.2.3-2";
const OWN: &str = "grommet32-3.2.3~2";

fn publish_victim(world: &World) {
    for version in ["3.2.2", "3.2.3-2"] {
        let release = plone("Grommets for everybody");
        world.pypi.publish(VICTIM, version, &release);
    }
}

fn publish_stranger(world: &World) {
    world
        .pypi
        .publish(STRANGER, "2", &plone("By somebody else"));
}

/// Holds that there are three documents, each of its own project.
#[track_caller]
fn are_apart(world: &World) {
    let names: BTreeMap<String, Value> = world
        .documents()
        .into_iter()
        .map(|(id, mut document)| (id, document.remove("name").unwrap_or_default()))
        .collect();
    let expected = [
        ("grommet32-3.2.2", VICTIM),
        (SHARED, STRANGER),
        (OWN, VICTIM),
    ];
    let expected = expected.map(|(id, name)| (id.to_owned(), json!(name)));
    assert_eq!(names, BTreeMap::from(expected));
}

/// The reason why a project is pending retry.
#[track_caller]
fn reason(run: &Outcome) -> &str {
    run.report["pending_retry"][0]["reason"]
        .as_str()
        .expect("a reason")
}

#[track_caller]
fn import(world: &World, action: ImportAction, documents: &[Value]) {
    let lines = documents
        .iter()
        .map(|document| document.to_string().into())
        .collect();
    let outcomes = wait(world.search().import(&world.target, action, lines));
    let outcomes = outcomes.expect("an import");
    assert!(
        outcomes.iter().all(|one| *one == LineOutcome::Accepted),
        "{outcomes:?}"
    );
}

/// Puts another project's document under `id`.
fn plant(world: &World, id: &str, name: &str, registry: &str) -> Value {
    let template = world.documents().remove("plone.other-1.0");
    let mut document = Value::Object(template.expect("a document to copy"));
    for (field, value) in [
        ("id", id),
        ("identifier", id),
        ("name", name),
        ("name_sortable", name),
        ("registry", registry),
    ] {
        document[field] = json!(value);
    }
    import(world, ImportAction::Upsert, std::slice::from_ref(&document));
    document
}

#[test]
fn a_project_named_after_a_release_has_documents_of_its_own() {
    let orders: [[fn(&World); 2]; 2] = [
        [publish_victim, publish_stranger],
        [publish_stranger, publish_victim],
    ];
    for (mode, order) in ["-f", "-i"].into_iter().zip(orders) {
        for between in [false, true] {
            let Some(world) = World::empty() else { return };
            let run = || world.pypi(&[mode, "-p", "plone"]).exits(0);
            order[0](&world);
            if between {
                run();
            }
            order[1](&world);
            run();
            are_apart(&world);
            is_as_undisturbed(&world);
            let shown = world.run(&[
                "manage",
                "--show",
                VICTIM,
                "--all-versions",
                "-t",
                &world.target,
            ]);
            assert!(!shown.exits(0).stdout.contains("somebody else"));

            world.pypi.yank(VICTIM, "3.2.3-2", "broken");
            run();
            are_apart(&world);
            is_as_undisturbed(&world);

            world.pypi.remove_project(STRANGER);
            world.pypi.publish(VICTIM, "3.2.4", &plone("new"));
            run();
            let ids = ["grommet32-3.2.2", OWN, "grommet32-3.2.4"];
            assert_eq!(world.ids(), ids);
            is_as_undisturbed(&world);
        }
    }
}

/// Who stands under the id that both projects once had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    Victim,
    Stranger,
}

fn facts() -> Map<String, Value> {
    let facts = json!({
        "github_stars": 12,
        "download_total": 34,
        "health_score": 56,
        "fixed_in": "4.0",
    });
    facts.as_object().cloned().unwrap_or_default()
}

/// A collection as it was when an id was `<name>-<version>`, and the ledger that went with it.
fn filled_under_former_ids(holder: Holder) -> Option<World> {
    let world = World::empty()?;
    publish_victim(&world);
    publish_stranger(&world);
    world.pypi(&INCREMENTAL).exits(0);
    let mut former = world.documents().remove(OWN).expect("a document");
    former.insert("id".to_owned(), json!(SHARED));
    former.insert("identifier".to_owned(), json!(SHARED));
    former.append(&mut facts());
    let deleted = wait(world.search().delete_documents(&world.target, &[OWN]));
    assert_eq!(deleted.expect("a deletion"), 1);
    if holder == Holder::Victim {
        import(&world, ImportAction::Upsert, &[Value::Object(former)]);
    }
    let ledger = rusqlite::Connection::open(world.ledger()).expect("a ledger");
    for project in [VICTIM, "grommet32-3-2-3"] {
        let documents: Vec<u8> = ledger
            .query_row(
                "SELECT documents FROM written WHERE project = ?1",
                [project],
                |row| row.get(0),
            )
            .expect("a row");
        let mut documents: Value = serde_json::from_slice(&documents).expect("documents");
        for document in documents.as_array_mut().into_iter().flatten() {
            if document["i"] == OWN {
                document["i"] = json!(SHARED);
            }
            // What went into the document was another digest then.
            document["k"] = json!(1);
        }
        ledger
            .execute(
                "UPDATE written SET documents = ?1 WHERE project = ?2",
                rusqlite::params![documents.to_string().into_bytes(), project],
            )
            .expect("a change");
    }
    ledger
        .execute("UPDATE collections SET form = 'former', documents = 2", [])
        .expect("a change");
    Some(world)
}

/// Holds that the collection is what a run from nothing makes, and that the victim's releases
/// still carry what was learned of them.
#[track_caller]
fn is_taken_over(world: &World, holder: Holder) {
    are_apart(world);
    let beside = world.beside();
    beside.pypi(&["-f", "-p", "plone"]).exits(0);
    let mut content = world.content();
    for (field, fact) in facts() {
        for id in [OWN, "grommet32-3.2.2"] {
            let there = content.get_mut(id).expect("a document").remove(&field);
            assert_eq!(there, (holder == Holder::Victim).then(|| fact.clone()));
        }
    }
    assert_eq!(content, beside.content());
}

#[test]
fn a_collection_under_former_ids_is_taken_over_in_one_run() {
    for holder in [Holder::Victim, Holder::Stranger] {
        for ledger_is_lost in [false, true] {
            let Some(world) = filled_under_former_ids(holder) else {
                return;
            };
            if ledger_is_lost {
                std::fs::remove_file(world.ledger()).expect("a ledger");
            }
            world.pypi(&INCREMENTAL).exits(0);
            is_taken_over(&world, holder);
            let again = world.pypi(&INCREMENTAL).exits(0);
            assert_eq!(again.number("documents.written"), 0, "{}", again.report);
        }
    }
}

#[test]
fn a_take_over_that_is_killed_loses_neither_release_nor_facts() {
    for number in 0.. {
        let mut was_held = false;
        for hold in [Hold::Before, Hold::After] {
            let Some(world) = filled_under_former_ids(Holder::Victim) else {
                return;
            };
            let gate = Gate::before(world.typesense.port());
            gate.hold(number, hold);
            let mut command = world.command(&["pypi", "-t", &world.target]);
            command
                .args(INCREMENTAL)
                .env("TYPESENSE_PORT", gate.port().to_string())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let mut run = command.spawn().expect("a process");
            let mut has_ended = false;
            until("the change is held, or there is none", || {
                has_ended = run.try_wait().expect("a process").is_some();
                has_ended || gate.is_holding()
            });
            if !has_ended {
                kill(run);
                was_held = true;
            }
            let documents = world.documents().into_values();
            let mut held = documents.filter(|one| one["name"] == VICTIM);
            assert!(
                held.any(|one| one["version"] == "3.2.3-2" && one["github_stars"] == 12),
                "{number}, {hold:?}"
            );
            world.pypi(&INCREMENTAL).exits(0);
            is_taken_over(&world, Holder::Victim);
        }
        if !was_held {
            assert!(number > 2, "the run changed nothing");
            return;
        }
    }
}

#[test]
fn a_document_of_another_project_is_not_overwritten() {
    let Some(world) = World::empty() else { return };
    world.pypi.publish("plone.other", "1.0", &plone("other"));
    world.pypi(&INCREMENTAL).exits(0);
    let planted = plant(&world, "plone.part-2.0", "plone.part", "npm");
    for version in ["1.0", "2.0"] {
        world.pypi.publish("plone.part", version, &plone(version));
    }
    let run = world.pypi(&INCREMENTAL).exits(3);
    assert_eq!(run.names("pending_retry"), ["plone-part"]);
    for part in ["`plone.part-2.0`", "`npm`", "is not written"] {
        assert!(reason(&run).contains(part), "{}", reason(&run));
    }
    let documents = world.documents();
    assert_eq!(
        json!(documents["plone.part-2.0"]),
        planted,
        "it was touched"
    );
    assert!(documents.contains_key("plone.part-1.0"), "the others wait");
    // The same once the ledger knows the project, and for an older release.
    world.pypi.publish("plone.part", "3.0", &plone("3.0"));
    let run = world.pypi(&INCREMENTAL).exits(3);
    assert!(
        reason(&run).contains("`plone.part-2.0`"),
        "{}",
        reason(&run)
    );
    assert_eq!(json!(world.documents()["plone.part-2.0"]), planted);
    // Once it is gone, nothing is pending.
    let search = world.search();
    let deleted = search.delete_documents(&world.target, &["plone.part-2.0"]);
    assert_eq!(wait(deleted).expect("a deletion"), 1);
    world.pypi.touch("plone.part");
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

/// Two spellings are one project: it writes over its own documents wherever they stand.
#[test]
fn a_document_in_another_spelling_is_the_projects_own() {
    let Some(world) = World::empty() else { return };
    world.pypi.publish("plone.other", "1.0", &plone("other"));
    world.pypi(&INCREMENTAL).exits(0);
    plant(&world, "Plone_Part-1.0", "plone.part", "pypi");
    plant(&world, "plone-part-1.0", "PLONE-PART", "");
    world.pypi.publish("Plone_Part", "1.0", &plone("part"));
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

/// The ledger believes the count of a collection in which somebody has replaced one document.
#[test]
fn a_document_that_the_ledger_does_not_know_keeps_its_facts() {
    let Some(world) = World::empty() else { return };
    world.pypi.publish("plone.other", "1.0", &plone("other"));
    world.pypi(&INCREMENTAL).exits(0);
    plant(&world, "plone.part-1.0", "plone.part", "pypi");
    let mut learned = facts();
    learned.insert("id".to_owned(), json!("plone.part-1.0"));
    import(&world, ImportAction::Update, &[Value::Object(learned)]);
    let search = world.search();
    let deleted = search.delete_documents(&world.target, &["plone.other-1.0"]);
    assert_eq!(wait(deleted).expect("a deletion"), 1);
    world.pypi.publish("plone.part", "1.0", &plone("part"));
    world.pypi(&INCREMENTAL).exits(0);
    let document = &world.documents()["plone.part-1.0"];
    assert_eq!(document["summary"], json!("part"));
    for (field, fact) in facts() {
        assert_eq!(document[&field], fact, "{field}");
    }
}

/// Somebody has replaced documents that the ledger knows as the project's.
#[test]
fn a_document_of_another_project_is_neither_deleted_nor_changed() {
    let Some(world) = World::empty() else { return };
    world.pypi.publish("plone.other", "1.0", &plone("other"));
    for version in ["1.0", "2.0"] {
        world.pypi.publish("plone.part", version, &plone(version));
    }
    world.pypi(&INCREMENTAL).exits(0);
    let planted = plant(&world, "plone.part-2.0", "plone.part", "npm");
    let stays = |world: &World| {
        let there = json!(world.documents().get("plone.part-2.0"));
        assert_eq!(there, planted);
    };
    // A new latest release takes the flag from the former one, which is not listed any more.
    world.pypi.remove_release("plone.part", "2.0");
    world.pypi.publish("plone.part", "3.0", &plone("3.0"));
    let run = world.pypi(&INCREMENTAL).exits(0);
    stays(&world);
    let notes = run.report["notes"].to_string();
    assert!(notes.contains("`plone.part-2.0`"), "{notes}");
    assert!(notes.contains("`npm`"), "{notes}");
    // And a project that goes takes nothing but its own.
    plant(&world, "plone.part-3.0", "plone.other", "npm");
    world.pypi.remove_project("plone.part");
    world.pypi(&INCREMENTAL).exits(0);
    stays(&world);
    assert_eq!(
        world.ids(),
        ["plone.other-1.0", "plone.part-2.0", "plone.part-3.0"]
    );
}

/// An answer that is whole and lacks a document says nothing of whose it is.
#[test]
fn a_document_that_a_short_list_lacks_is_not_deleted() {
    let Some(world) = World::empty() else { return };
    let gate = Gate::before(world.typesense.port());
    let run = || through(&gate, &world).exits(0);
    world.pypi.publish("plone.other", "1.0", &plone("other"));
    world.pypi.publish("plone.part", "1.0", &plone("part"));
    run();
    let planted = plant(&world, "plone.part-1.0", "plone.part", "npm");
    world.pypi.remove_project("plone.part");
    gate.answer("/documents/export?filter_by=id", "");
    run();
    assert!(gate.has_answered());
    assert_eq!(json!(world.documents().get("plone.part-1.0")), planted);
}

/// An incremental run that reaches the search server through a gate.
fn through(gate: &Gate, world: &World) -> Outcome {
    let mut command = world.command(&["pypi", "-t", &world.target, "--format", "json"]);
    command.args(INCREMENTAL);
    outcome(command.env("TYPESENSE_PORT", gate.port().to_string()))
}

/// What the program asks the search server, but for collections and aliases.
fn asked(gate: &Gate) -> (Vec<String>, Vec<String>) {
    let about_documents = |lines: Vec<String>| {
        let lines = lines.into_iter();
        lines.filter(|line| line.contains("/documents")).collect()
    };
    (
        about_documents(gate.changes()),
        about_documents(gate.questions()),
    )
}

#[test]
fn knowing_whose_an_id_is_costs_no_request() {
    let Some(world) = World::empty() else { return };
    for number in 0..40 {
        for version in ["1.0", "1.1", "2.0-1"] {
            let name = format!("plone.part{number:02}");
            world.pypi.publish(&name, version, &plone(version));
        }
    }
    let gate = Gate::before(world.typesense.port());
    let run = || {
        gate.open();
        through(&gate, &world).exits(0)
    };
    // A whole fetch asks nothing; the imports themselves refuse what is taken.
    run();
    assert_eq!(world.document_count(), 120);
    let (imports, questions) = asked(&gate);
    assert!(questions.is_empty(), "{questions:?}");
    assert!(
        imports.iter().all(|line| line.contains("action=create")),
        "{imports:?}"
    );
    // A change exports what it always has: the facts of each project that has moved.
    for number in 0..3 {
        let name = format!("plone.part{number:02}");
        world.pypi.publish(&name, "3.0", &plone("new"));
    }
    run();
    let (imports, questions) = asked(&gate);
    let exports = questions.iter().filter(|line| line.contains("/export"));
    assert_eq!(exports.count(), 3, "{questions:?}");
    let of = |action: &str| {
        let of_action = imports.iter().filter(|line| line.contains(action));
        of_action.count()
    };
    assert!(of("action=create") > 0 && of("action=upsert") > 0);
    assert_eq!(
        of("action=create") + of("action=upsert"),
        imports.len(),
        "{imports:?}"
    );
    is_as_undisturbed(&world);
}
