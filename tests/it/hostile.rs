//! Strangers choose names and metadata: they become harmless documents, or none, and reach neither
//! filters nor paths.

use serde_json::{Value, json};

use crate::support::scene::INCREMENTAL;
use crate::support::{World, plone};

#[test]
fn hostile_metadata_become_harmless_documents() {
    let Some(world) = World::empty() else { return };
    let script = "<script>alert(1)</script><img src=x onerror=alert(1)>\n\n**bold** [x](javascript:alert(1))";
    let hostile = plone("x")
        .description(script, "text/markdown")
        .info("summary", json!("<b>`plone`</b>\u{0}\n&& || := []"))
        .info("author", 7)
        .info("author_email", json!(["a@example.org", null, {"x": 1}]))
        .info("license", json!({"text": "MIT"}))
        .info("keywords", json!([1, "two", null]))
        .info("home_page", "javascript:alert(1)")
        .info("requires_dist", "plone.api")
        .info("requires_python", 3)
        .info("platform", true)
        .info("yanked", "no")
        .project_urls(json!(["https://example.org", 5]));
    world.pypi.publish("plone.hostile", "1.0", &hostile);
    let mut files = Vec::new();
    for file in [json!(5), json!(null), json!({"filename": 5, "size": "big"})] {
        files.push(file);
    }
    world
        .pypi
        .publish("plone.files", "1.0", &plone("files").files(files));
    world
        .pypi
        .publish("plone.huge", "1.0", &plone(&"x".repeat(1 << 20)));
    world
        .pypi
        .publish("plone.odd", "1.0+`$(id)`", &plone("odd"));
    world
        .pypi
        .publish("plone.odd", "not a / version?#", &plone("odd"));
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    world
        .pypi
        .publish("plone.deep", "1.0", &plone("deep").project_urls(deep));
    world.pypi.publish("plone.sane", "1.0", &plone("sane"));
    let run = world.pypi(&INCREMENTAL);
    assert!(matches!(run.code, 0 | 3), "{}\n{}", run.stderr, run.stdout);
    let documents = world.documents();
    let document = &documents["plone.hostile-1.0"];
    let text = Value::Object(document.clone()).to_string();
    for evil in ["<script", "onerror", "href=\\\"javascript"] {
        assert!(!text.contains(evil), "{evil}: {text}");
    }
    assert_eq!(document["author"], json!("7"));
    assert!(documents.contains_key("plone.sane-1.0"));
    assert!(documents.contains_key("plone.huge-1.0"));
    assert!(documents.contains_key("plone.deep-1.0"));
    assert!(
        documents.contains_key("plone.odd-not a / version?#"),
        "{:?}\n{}",
        documents.keys(),
        run.report
    );
    assert!(
        documents.contains_key("plone.odd-1.0+`$(id)`"),
        "{:?}\n{}",
        documents.keys(),
        run.report
    );
    // They go as they have come, and nothing else goes with them.
    world.pypi.remove_project("plone.odd");
    world.pypi.remove_project("plone.hostile");
    world.pypi(&INCREMENTAL);
    let left = world.ids();
    assert!(
        !left
            .iter()
            .any(|id| id.contains("odd") || id.contains("hostile")),
        "{left:?}"
    );
    assert!(left.contains(&"plone.sane-1.0".to_owned()));
}

/// A name that is a filter, a path and a command at once.
#[test]
fn hostile_names_reach_neither_filters_nor_paths() {
    let Some(world) = World::empty() else { return };
    world.pypi.publish("plone.sane", "1.0", &plone("sane"));
    for name in [
        "``` || id:!=x",
        "..",
        "a`b`c",
        "plone/../../etc",
        "x&&y:=[z]",
    ] {
        world.pypi.publish(name, "1.0", &plone("hostile"));
        world.pypi.publish(name, "2.0", &plone("hostile"));
    }
    let run = world.pypi(&INCREMENTAL);
    assert!(matches!(run.code, 0 | 3), "{}\n{}", run.stderr, run.stdout);
    let held = world.documents();
    assert!(held.contains_key("plone.sane-1.0"));
    assert!(
        held.contains_key("a`b`c-2.0"),
        "{:?}\n{}",
        held.keys(),
        run.report
    );
    for name in ["``` || id:!=x", "a`b`c", "x&&y:=[z]"] {
        world.pypi.remove_release(name, "1.0");
    }
    world.pypi(&INCREMENTAL);
    for name in ["``` || id:!=x", "a`b`c", "x&&y:=[z]"] {
        world.pypi.remove_project(name);
    }
    let run = world.pypi(&INCREMENTAL);
    let left = world.ids();
    assert!(left.contains(&"plone.sane-1.0".to_owned()), "{left:?}");
    assert!(
        !left.iter().any(|id| id.contains('`')),
        "{left:?}\n{}",
        run.report
    );
}
