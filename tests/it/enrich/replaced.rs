//! A collection is rebuilt while an enricher waits for it: the new one gets the facts.

use std::process::Stdio;

use pyfa::search::{Action, NewCollection};
use pyfa::store::lock::{Acquired, try_acquire};
use serde_json::Value;

use super::Scene;
use crate::support::{documents, finish, says, wait};

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
    let there = wait(search.collection(&world.target)).expect("an answer");
    let old = there.expect("a collection").name;
    // By this name the run knows the server.
    let server = format!("http://127.0.0.1:{}", scene.gate.port());
    let holder = try_acquire(&world.pyfa_home(), &server, &old, "manage").expect("a lock");
    assert!(matches!(holder, Acquired::Lock(_)));
    let mut command = scene.command(&[verb]);
    let run = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut run = run.expect("a process");
    says(&mut run, "waiting for `manage`");
    let new = format!("{old}-rebuilt");
    let lines = world.documents().into_values();
    let lines = lines.map(|document| Value::Object(document).to_string().into());
    wait(async {
        search
            .create_collection(&NewCollection::named(&new))
            .await?;
        search.import(&new, Action::Create, lines.collect()).await?;
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
