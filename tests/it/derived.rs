//! Fields that are derived from what the registry says: HTTP in, documents out.

use serde_json::{Value, json};

use crate::support::{World, plone};
use pyfa_testkit::pypi::{Fault, On, RequestKind};

/// 2020-01-02T00:00:00Z
const FIRST: i64 = 1_577_923_200;

#[test]
fn releases_say_what_they_require_and_how_far_they_are() {
    let Some(world) = World::empty() else { return };
    let classifiers = |status| ["Framework :: Plone", "Framework :: Plone :: 6.1", status];
    let first = plone("first")
        .classifiers(classifiers("Development Status :: 3 - Alpha"))
        .uploaded("2020-01-02T00:00:00.000000Z");
    let second = plone("second")
        .classifiers(classifiers("Development Status :: 5 - Production/Stable"))
        .requires_dist([
            "Zope.Interface (>=3)",
            "plone_api[test]>=1; python_version >= '3.10'",
            "plone.api",
            "pytest; extra == 'test'",
            "thing @ https://example.org/thing-1.zip",
            "https://example.org/evil.zip",
            "\u{1b}[31m",
        ])
        .uploaded("2021-01-02T00:00:00.000000Z");
    world.pypi.publish("plone.app.Thing", "1.0", &first);
    world.pypi.publish("plone.app.Thing", "2.0", &second);
    world.pypi(&["-f", "-p", "plone"]).exits(0);
    let documents = world.documents();
    let (old, new) = (
        &documents["plone.app.Thing-1.0"],
        &documents["plone.app.Thing-2.0"],
    );
    assert_eq!(
        new["requires_names"],
        json!(["plone-api", "thing", "zope-interface"])
    );
    assert_eq!(old["requires_names"], json!([]));
    let joined = json!(["ploneappthing", "appthing", "thing"]);
    assert_eq!(
        (&old["name_joined"], &new["name_joined"]),
        (&joined, &joined)
    );
    assert_eq!(
        (&old["status"], &new["status"]),
        (&json!("alpha"), &json!("stable"))
    );
    assert_eq!(new["first_upload"], json!(FIRST));
    assert!(!old.contains_key("first_upload"));

    // The next release writes itself and its predecessor, and the date stays.
    let third = plone("third").uploaded("2022-01-02T00:00:00.000000Z");
    world.pypi.publish("plone.app.Thing", "3.0", &third);
    let run = world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(run.number("documents.written"), 2);
    let documents = world.documents();
    let new = &documents["plone.app.Thing-3.0"];
    assert_eq!(new["first_upload"], json!(FIRST));
    assert!(!new.contains_key("status"));
    assert!(!documents["plone.app.Thing-2.0"].contains_key("first_upload"));
}

/// The registry tells its own status only where it is asked for the list of releases.
#[test]
fn the_status_of_the_registry_counts_where_it_is_known() {
    let Some(world) = World::empty() else { return };
    let beta = plone("x").classifiers(["Framework :: Plone", "Development Status :: 4 - Beta"]);
    for version in ["1.0", "2.0"] {
        world.pypi.publish("plone.a", version, &beta);
    }
    world.pypi.publish("plone.b", "1.0", &beta);
    world.pypi.archive("plone.a");
    let of_projects = On::Kind(RequestKind::Project);
    world.pypi.fail(of_projects, Fault::NoReleases);
    world.pypi(&["-f", "-p", "plone"]).exits(0);
    let statuses = || -> Vec<Value> {
        let documents = world.documents();
        documents
            .values()
            .map(|document| document["status"].clone())
            .collect()
    };
    assert_eq!(statuses(), ["archived", "archived", "beta"]);
    let again = world.pypi(&["-f", "-p", "plone"]).exits(0);
    assert_eq!(again.number("documents.written"), 0);
    world.pypi.clear_faults();
    world.pypi.touch("plone.a");
    world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert!(statuses().iter().all(|status| status == "beta"));
}
