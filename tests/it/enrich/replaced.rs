//! A collection is rebuilt while an enricher waits for it: the new one gets the facts.

use std::process::{Child, Stdio};

use pyfa::search::{ImportAction, NewCollection};
use pyfa::store::lock::{Acquired, CollectionLock, try_acquire};
use serde_json::{Value, json};

use super::Scene;
use crate::support::{documents, finish, plone, says, wait};

/// Starts `verb` while somebody else holds the collection; says the collection's name, and gives
/// the lock and the run that waits for it.
fn waiting(scene: &Scene, verb: &str) -> (String, Acquired<CollectionLock>, Child) {
    let (world, search) = (&scene.world, scene.world.search());
    let there = wait(search.fetch_collection(&world.target)).expect("an answer");
    let collection = there.expect("a collection").name;
    // By this name the run knows the server.
    let server = format!("http://127.0.0.1:{}", scene.gate.port());
    let home = world.pyfa_home();
    let holder = try_acquire(&home, &server, &collection, "manage").expect("a lock");
    assert!(matches!(holder, Acquired::Lock(_)));
    let mut command = scene.command(&[verb]);
    let run = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut run = run.expect("a process");
    says(&mut run, "waiting for `manage`");
    (collection, holder, run)
}

/// Lets `verb` wait for a rebuild, and says what the old and the new collection then hold in
/// `field`.
fn values_after_rebuild(verb: &str, field: &str) -> Option<[Vec<Value>; 2]> {
    let scene = Scene::new()?;
    scene.fill(2);
    for number in 0..2 {
        let project = format!("plone-p{number}");
        scene.count(&project, number);
        scene.report(&format!("GHSA-{number}"), &project, &["1.0"], None);
    }
    let (world, search) = (&scene.world, scene.world.search());
    let (old, holder, run) = waiting(&scene, verb);
    let new = format!("{old}-rebuilt");
    let lines = world.documents().into_values();
    let lines = lines.map(|document| Value::Object(document).to_string().into());
    wait(async {
        search
            .create_collection(&NewCollection::named(&new))
            .await?;
        search
            .import(&new, ImportAction::Create, lines.collect())
            .await?;
        search.set_alias(&world.target, &new).await
    })
    .expect("a rebuild");
    drop(holder);
    let run = finish(run).exits(0);
    assert_eq!(run.report["collection"], new.as_str());
    assert_eq!(run.number("documents.written"), 4, "{verb}: {}", run.report);
    Some([&old, &new].map(|collection| {
        let documents = documents(&search, collection).into_values();
        let values = documents.map(|mut document| document.remove(field).unwrap_or_default());
        values.collect()
    }))
}

#[test]
fn what_a_waiting_run_writes_reaches_the_collection_that_was_rebuilt_meanwhile() {
    for (verb, field) in [
        ("downloads", "download_total"),
        ("advisories", "fixed_in"),
        ("health", "health_score"),
    ] {
        let Some([old, new]) = values_after_rebuild(verb, field) else {
            return;
        };
        assert_eq!(old, vec![Value::Null; 4], "{verb}");
        assert!(new.iter().all(|value| !value.is_null()), "{verb}: {new:?}");
    }
}

/// An older program gave two projects one id. The run has read it as the one's, and by the time
/// that it may write, a fetch has given it to the other.
#[test]
fn a_document_that_has_passed_to_another_project_gets_none_of_the_facts() {
    let Some(scene) = Scene::new() else { return };
    let world = &scene.world;
    let publish = |name: &str, version: &str| world.pypi.publish(name, version, &plone(name));
    publish("plone.p0", "1.0");
    publish("plone.p0", "2.0-1");
    publish("plone.p0-2.0", "1");
    scene.index();
    let (shared, own) = ("plone.p0-2.0-1", "plone.p0-2.0~1");
    let documents = world.documents();
    let search = world.search();
    let write = |document: Value| {
        let lines = vec![document.to_string().into()];
        wait(search.import(&world.target, ImportAction::Upsert, lines)).expect("an import")
    };
    let mut former = json!(documents[own]);
    former["id"] = json!(shared);
    write(former);
    wait(search.delete_documents(&world.target, &[own])).expect("a deletion");
    scene.count("plone-p0", 7);
    let (_, holder, run) = waiting(&scene, "downloads");
    write(json!(documents[own]));
    write(json!(documents[shared]));
    drop(holder);
    let run = finish(run).exits(0);
    assert_eq!(run.number("documents.vanished"), 1, "{}", run.report);
    let after = world.documents();
    assert_eq!(after["plone.p0-1.0"]["download_last_day"], json!(7));
    assert_eq!(after[shared], documents[shared], "a stranger's downloads");
}
