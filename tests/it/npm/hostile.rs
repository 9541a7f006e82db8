//! Values of any type and size: each costs itself, never its package.

use std::time::Duration;

use pyfa::model::{ProjectName, RegistryKind};
use pyfa::registry::{RegistrySettings, connect};
use pyfa_http::{CacheLimits, DiskCache};
use pyfa_testkit::npm::FakeNpm;
use serde_json::{Value, json};

use super::{FULL, NpmWorld, volto};
use crate::support::wait;

#[test]
fn every_json_type_in_every_field_makes_a_document() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    let values = [
        json!(null),
        json!(true),
        json!(7),
        json!(-1.5),
        json!(""),
        json!("text"),
        json!([]),
        json!([1, null, {}]),
        json!({}),
        json!({"a": {"b": []}}),
    ];
    let fields = [
        "description",
        "license",
        "licenses",
        "repository",
        "author",
        "bugs",
        "homepage",
        "maintainers",
        "dependencies",
        "peerDependencies",
        "deprecated",
        "dist",
        "_npmUser",
        "readme",
        "readmeFilename",
        "contributors",
        "engines",
        "funding",
    ];
    for (number, value) in values.iter().enumerate() {
        for field in fields {
            let mut manifest = volto("hostile");
            manifest[field] = value.clone();
            world.npm.publish(
                "@plone/hostile",
                &format!("{number}.0.0-{}", field.replace('_', "")),
                &manifest,
            );
        }
        let name = format!("@plone/root{number}");
        world.npm.publish(&name, "1.0.0", &volto("root"));
        world.npm.edit(&name, |document| {
            for field in [
                "time",
                "readme",
                "readmeFilename",
                "maintainers",
                "_rev",
                "users",
            ] {
                document[field] = value.clone();
            }
        });
        let name = format!("@plone/tags{number}");
        world.npm.publish(&name, "1.0.0", &volto("tags"));
        world
            .npm
            .edit(&name, |document| document["dist-tags"] = value.clone());
        let name = format!("@plone/part{number}");
        world.npm.publish(&name, "1.0.0", &volto("part"));
        world.npm.edit(&name, |document| {
            document["versions"]["0.1.0"] = value.clone();
        });
    }
    let run = world.npm(&FULL).exits(0);
    assert_eq!(run.number("projects.failed"), 0, "{}", run.report);
    let documents = world.world.documents();
    let of = |name: &str| documents.values().filter(|one| one["name"] == name).count();
    assert_eq!(
        of("@plone/hostile"),
        values.len() * fields.len(),
        "{}",
        run.report
    );
    for (number, value) in values.iter().enumerate() {
        assert_eq!(of(&format!("@plone/root{number}")), 1, "{value}");
        assert_eq!(of(&format!("@plone/tags{number}")), 1, "{value}");
        assert_eq!(of(&format!("@plone/part{number}")), 2, "{value}");
    }
    // Only texts that say something, and `true`, are deprecations.
    for document in documents
        .values()
        .filter(|one| one["name"] == "@plone/hostile")
    {
        let version = document["version"].as_str().unwrap_or_default();
        let is_yanked = version == "1.0.0-deprecated" || version == "5.0.0-deprecated";
        assert_eq!(document["yanked"], json!(is_yanked), "{version}");
    }
}

#[test]
fn texts_of_strangers_stay_texts() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    world.npm.publish("@plone/evil", "0.9.0", &volto("good"));
    world.npm.publish(
        "@plone/evil",
        "1.0.0",
        &json!({
            "description": "<script>alert(1)</script>",
            "homepage": "javascript:alert(1)",
            "repository": {"url": "javascript:alert(1)", "directory": "../../etc"},
            "bugs": {"url": "data:text/html,x"},
            "readme": "<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n# Title",
            "keywords": ["a\u{202e}b"],
            "deprecated": "\u{1b}[2J gone",
        }),
    );
    // Neither a name nor a version becomes a path or a filter.
    world.npm.publish("@plone/odd", "1.0.0-`||1", &volto("odd"));
    world.npm.publish("@plone/odd", "../../x", &volto("odd"));
    let run = world.npm(&FULL).exits(0);
    assert_eq!(run.number("projects.failed"), 0, "{}", run.report);
    let document = world.document("@plone--evil-1.0.0");
    let text = Value::Object(document.clone()).to_string();
    assert!(!text.contains("javascript:"), "{text}");
    let html = document["description"].as_str().unwrap_or_default();
    assert!(!html.contains("<script"), "{html}");
    assert_eq!(document["home_page"], json!(""));
    assert_eq!(document["bugtrack_url"], json!(""));
    assert!(!text.contains('\u{1b}'), "{text}");
    assert_eq!(world.world.document_count(), 4);
}

#[test]
fn a_document_of_forty_megabytes_is_read_within_bounds() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    let padding = "x".repeat(40 << 10);
    world.npm.publish("@plone/huge", "0.0.1", &volto("first"));
    world.npm.edit("@plone/huge", |document| {
        for number in 0..1_000 {
            let version = format!("1.{number}.0");
            let mut manifest = volto("huge");
            manifest["name"] = "@plone/huge".into();
            manifest["scripts"] = json!({ "padding": padding });
            document["versions"][&version] = manifest;
        }
        document["dist-tags"]["latest"] = "1.999.0".into();
    });
    let mut command = world.npm_command(&FULL);
    command.env("NPM_MAX_WORKERS", "4");
    let child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let (watch, peak) = (
        status.clone(),
        std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0)),
    );
    let seen = peak.clone();
    let watcher = std::thread::spawn(move || {
        while let Ok(text) = fs_err::read_to_string(&watch) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            let Some(kilobytes) = kilobytes else { break };
            seen.fetch_max(kilobytes, std::sync::atomic::Ordering::Relaxed);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    });
    let run = crate::support::finish(child).exits(0);
    watcher.join().expect("a watcher");
    assert_eq!(run.number("documents.written"), 1_001, "{}", run.report);
    let megabytes = peak.load(std::sync::atomic::Ordering::Relaxed) >> 10;
    assert!(megabytes < 250, "{megabytes} MB");
}

/// What is made of a document may take as much memory as the document.
#[test]
fn the_next_large_document_waits_for_what_was_made_of_the_last() {
    let npm = FakeNpm::start().expect("a registry");
    let names = ["@plone/a", "@plone/b"];
    for name in names {
        npm.publish(name, "1.0.0", &volto("large"));
        npm.edit(name, |document| {
            document["readme"] = "x".repeat(9 << 20).into();
        });
    }
    let folder = tempfile::tempdir().expect("a folder");
    let limits = CacheLimits {
        bytes: 64 << 20,
        memory_bytes: 0,
    };
    let cache = DiskCache::open(folder.path(), limits).expect("a cache");
    let settings = RegistrySettings {
        base_url: npm.base_url().parse().expect("an address"),
        name: None,
        max_workers: 4,
        max_rps: None,
        max_retries: 0,
        retry_backoff: 0.0,
        batch_size: 1,
        token: None,
        readmes_from_files: 0,
        changes_url: None,
    };
    let registry = connect(RegistryKind::Npm, &settings, "tests", &cache).expect("a client");
    let [first, second] = names.map(ProjectName::as_written);
    wait(async {
        let unread = registry.fetch_project(&first, None).await.expect("one");
        let read = registry.read_project(unread).await.expect("releases");
        let mut next = registry.fetch_project(&second, None);
        let waits = tokio::time::timeout(Duration::from_millis(500), &mut next).await;
        assert!(waits.is_err(), "two large documents are held");
        drop(read);
        let next = next.await.expect("the other one");
        assert_eq!(next.name, second);
    });
}
