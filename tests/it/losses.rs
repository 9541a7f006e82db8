//! The program finds its own files gone or damaged, or a collection that somebody else has made:
//! that costs requests, never documents and never what others have learned.

use std::path::Path;

use pyfa::model::Document;
use pyfa::search::{ImportAction, LineOutcome, NewCollection};
use serde_json::{Value, json};

use crate::support::scene::{INCREMENTAL, disturb, is_as_undisturbed, populate};
use crate::support::{World, plone, wait};

#[test]
fn a_lost_ledger_costs_no_more_than_what_has_moved() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    let before = world.documents();
    world.pypi.publish("plone.part00", "3.0", &plone("new"));
    std::fs::remove_file(world.ledger()).expect("a ledger");
    let run = world.pypi(&INCREMENTAL).exits(0);
    // The twelve that do not match have to be read again, those that are held do not.
    assert_eq!(run.requests("project"), 13, "{}", run.report);
    let after = world.documents();
    assert!(before.keys().all(|id| after.contains_key(id)));
    is_as_undisturbed(&world);
}

#[test]
fn a_damaged_ledger_is_put_aside_and_rebuilt() {
    type Damage = fn(&[u8]) -> Vec<u8>;
    let damages: [Damage; 4] = [
        |_| b"not a database".to_vec(),
        |bytes| bytes[..bytes.len() / 2].to_vec(),
        |_| Vec::new(),
        |bytes| {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            bytes[middle..].fill(0xa5);
            bytes
        },
    ];
    for damage in damages {
        let Some(world) = World::empty() else { return };
        populate(&world);
        world.pypi(&INCREMENTAL).exits(0);
        let bytes = std::fs::read(world.ledger()).expect("a ledger");
        std::fs::write(world.ledger(), damage(&bytes)).expect("a write");
        world.pypi.publish("plone.part00", "3.0", &plone("new"));
        world.pypi.remove_project("plone.part06");
        world.pypi(&INCREMENTAL).exits(0);
        is_as_undisturbed(&world);
    }
}

/// A ledger that knows of another server's collection, or of none, has nothing to say.
#[test]
fn a_foreign_ledger_does_no_harm() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    let other = World::empty().expect("a server, as before");
    other.pypi.publish("plone.other", "1.0", &plone("other"));
    other.pypi(&INCREMENTAL).exits(0);
    std::fs::copy(other.ledger(), world.ledger()).expect("a copy");
    world.pypi.publish("plone.part00", "3.0", &plone("new"));
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

#[test]
fn a_since_file_of_garbage_counts_as_missing() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    let collection = format!("{}-1", world.target);
    let lines = [
        b"1732180000".to_vec(),
        b"\xff\xfe\x00garbage\n\n \t".to_vec(),
        Vec::new(),
        // A mark beyond everything must not hide anything.
        format!("{collection} 18446744073709551615 2031-01-01T00:00:00Z").into_bytes(),
        vec![b'x'; 3 << 20],
    ];
    for (number, line) in lines.into_iter().enumerate() {
        std::fs::write(world.since_file(), line).expect("a write");
        let name = format!("plone.late{number}");
        world.pypi.publish(&name, "1.0", &plone("late"));
        let run = world.pypi(&INCREMENTAL).exits(0);
        assert_eq!(run.requests("project"), 1, "{}", run.report);
        let text = std::fs::read_to_string(world.since_file()).expect("a since-file");
        let serial = world.pypi.serial();
        assert!(
            text.starts_with(&format!("{collection} {serial} ")),
            "{text}"
        );
    }
    is_as_undisturbed(&world);
}

#[test]
fn a_garbled_cache_costs_requests_only() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    garble(&world.pyfa_home().join("cache"));
    disturb(&world);
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

/// Writes nonsense over all files below a folder.
fn garble(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            garble(&path);
        } else {
            let mut bytes = std::fs::read(&path).expect("a file");
            for byte in bytes.iter_mut().step_by(3) {
                *byte ^= 0x5a;
            }
            std::fs::write(&path, bytes).expect("a write");
        }
    }
}

/// What another program made of the same projects: none of our fields, but years of enrichment.
#[test]
fn a_peers_collection_keeps_its_enrichment() {
    for through_alias in [false, true] {
        let Some(world) = World::empty() else { return };
        populate(&world);
        peers_collection(&world, through_alias);
        let run = world.pypi(&INCREMENTAL).exits(0);
        assert!(run.report["collection"].as_str().is_some_and(|name| {
            name == if through_alias {
                format!("{}-old", world.target)
            } else {
                world.target.clone()
            }
        }));
        let documents = world.documents();
        // Their document of something that nobody has any more is not ours to judge by rule,
        // but the registry knows no such project.
        assert!(!documents.contains_key("plone.bygone-1.0"));
        assert_eq!(documents.len(), 36, "{:?}", documents.keys());
        for (id, document) in &documents {
            let enriched = id.starts_with("plone.part00-");
            let stars = enriched.then_some(json!(12));
            assert_eq!(document.get("github_stars"), stars.as_ref(), "{id}");
        }
        let latest = &documents["plone.part00-2.0"];
        assert_eq!(latest["summary"], json!("plone.part00 2.0"));
        assert_eq!(latest["health_score"], json!(75));
        assert_eq!(
            latest["contributors"],
            json!([{"contributions": 5, "username": "jane"}])
        );
        let theirs = ["github_stars", "health_score", "contributors"];
        let beside = world.beside();
        beside.pypi(&["-f", "-p", "plone"]).exits(0);
        let mut content = world.content();
        for document in content.values_mut() {
            document.retain(|field, _| !theirs.contains(&field.as_str()));
        }
        assert_eq!(content, beside.content());
        // And they stay when the release changes.
        world.pypi.publish("plone.part00", "3.0", &plone("new"));
        world.pypi(&INCREMENTAL).exits(0);
        assert_eq!(
            world.documents()["plone.part00-3.0"]["github_stars"],
            json!(12)
        );
    }
}

fn peers_collection(world: &World, through_alias: bool) {
    let ours = [
        "is_latest",
        "version_order",
        "serial",
        "license_spdx",
        "maintainers",
        "release_count",
    ];
    let name = if through_alias {
        format!("{}-old", world.target)
    } else {
        world.target.clone()
    };
    let mut collection = NewCollection::named(&name);
    collection
        .fields
        .retain(|field| !ours.contains(&field.name.as_str()));
    let mut documents: Vec<Value> = ["1.0", "1.1", "2.0"]
        .iter()
        .map(|version| peers_document("plone.part00", version))
        .collect();
    documents[2]["github_stars"] = json!(12);
    documents[2]["health_score"] = json!(75);
    documents[2]["contributors"] = json!([{"username": "jane", "contributions": 5}]);
    documents.push(peers_document("plone.part01", "2.0"));
    documents.push(peers_document("plone.bygone", "1.0"));
    let lines = documents
        .iter()
        .map(|document| document.to_string().into())
        .collect();
    let search = world.search();
    wait(async {
        search
            .create_collection(&collection)
            .await
            .expect("a collection");
        if through_alias {
            search
                .set_alias(&world.target, &name)
                .await
                .expect("an alias");
        }
        let outcomes = search
            .import(&name, ImportAction::Upsert, lines)
            .await
            .expect("an import");
        assert!(
            outcomes
                .iter()
                .all(|outcome| *outcome == LineOutcome::Accepted),
            "{outcomes:?}"
        );
    });
}

fn peers_document(name: &str, version: &str) -> Value {
    let mut document = serde_json::to_value(Document {
        id: format!("{name}-{version}"),
        identifier: format!("{name}-{version}"),
        name: name.to_owned(),
        name_sortable: name.to_owned(),
        version: version.to_owned(),
        summary: "as the peer saw it".to_owned(),
        ..Document::default()
    })
    .expect("a document");
    let fields = document.as_object_mut().expect("an object");
    for ours in [
        "is_latest",
        "version_order",
        "serial",
        "license_spdx",
        "maintainers",
        "registry",
    ] {
        fields.remove(ours);
    }
    document
}

/// A collection that was dropped is filled again, whatever the ledger remembers of the former one.
#[test]
fn a_collection_that_is_made_anew_is_filled_anew() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    wait(
        world
            .search()
            .delete_collection(&format!("{}-1", world.target)),
    )
    .expect("a deletion");
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
    // The same, emptied by somebody else.
    let search = world.search();
    let ids = world.ids();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    wait(search.delete_documents(&world.target, &ids)).expect("a deletion");
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}
