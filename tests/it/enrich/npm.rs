//! Packages of npm among those of `PyPI`: each source is asked in the words of the registry, and
//! packages of one name stay two.

use pyfa::model::Document;
use pyfa::search::{ImportAction, LineOutcome, NewCollection};
use pyfa_testkit::downloads::FakeNpmDownloads;
use pyfa_testkit::npm::FakeSearch;
use pyfa_testkit::service::Fault;
use serde_json::{Value, json};

use super::{Scene, days_ago, end_of};
use crate::gallery::packages::{former, release};
use crate::npm::{FULL, INCREMENTAL, NpmWorld, volto as manifest};
use crate::support::npm::{at, form_block, npm, sigstore, volto};
use crate::support::{plone, wait};

impl Scene {
    /// Writes documents as a run of another registry would.
    pub(super) fn put(&self, documents: &[Document]) {
        let (search, target) = (self.world.search(), &self.world.target);
        wait(async {
            if search
                .fetch_collection(target)
                .await
                .expect("an answer")
                .is_none()
            {
                let collection = NewCollection::named(target);
                search
                    .create_collection(&collection)
                    .await
                    .expect("a collection");
            }
            let lines = documents
                .iter()
                .map(|document| serde_json::to_string(document).expect("a document").into());
            let lines: Vec<bytes::Bytes> = lines.collect();
            let outcomes = search.import(target, ImportAction::Upsert, lines).await;
            for outcome in outcomes.expect("an import") {
                assert_eq!(outcome, LineOutcome::Accepted);
            }
        });
    }
}

pub(super) fn older(document: &Document, version: &str) -> Document {
    Document {
        is_latest: false,
        upload_timestamp: document.upload_timestamp - 1_000_000,
        ..npm(&document.name, version)
    }
}

#[test]
fn downloads_come_from_the_service_of_the_registry() {
    let Some(scene) = Scene::new() else { return };
    let many: Vec<Document> = (0..140)
        .map(|number| npm(&format!("many-{number}"), "1.0.0"))
        .collect();
    scene.put(&[
        volto(),
        older(&volto(), "18.0.0"),
        form_block(),
        sigstore(),
        release("sigstore", "3.0"),
    ]);
    scene.put(&many);
    scene.npm.set("@plone/volto", 5);
    scene.npm.set("volto-form-block", 7);
    scene.npm.set("sigstore", 11);
    scene.count("sigstore", 3);
    let run = scene.run(&["downloads"]).exits(0);
    // Two calls for 142 names without a scope, one for the name with a scope.
    assert_eq!(scene.npm.controls().count(""), 3);
    assert_eq!(scene.clickhouse.controls().count(""), 1);
    assert_eq!(run.number("packages.learned"), 4);
    assert_eq!(run.number("packages.unknown"), 140);
    for (id, each_day, source) in [
        ("@plone--volto-19.3.0", 5, "npm"),
        ("@plone--volto-18.0.0", 5, "npm"),
        ("npm:volto-form-block-3.19.0", 7, "npm"),
        ("npm:sigstore-5.0.1", 11, "npm"),
        ("sigstore-3.0", 3, "clickhouse"),
    ] {
        let document = scene.document(id);
        assert_eq!(document["download_last_day"], json!(each_day), "{id}");
        assert_eq!(document["download_last_week"], json!(each_day * 7), "{id}");
        assert_eq!(
            document["download_last_month"],
            json!(each_day * 30),
            "{id}"
        );
        assert_eq!(document["download_source"], json!(source), "{id}");
        let updated = document["download_updated"].as_f64();
        assert_eq!(updated, Some(end_of(days_ago(1))), "{id}");
    }
    // What was answered is not asked again within the day.
    let run = scene.run(&["downloads"]).exits(0);
    assert_eq!(scene.npm.controls().count(""), 3);
    assert_eq!(run.number("documents.written"), 0);
}

#[test]
fn a_service_in_trouble_changes_no_number() {
    let Some(scene) = Scene::new() else { return };
    scene.put(&[volto(), form_block()]);
    scene.npm.set("@plone/volto", 5);
    scene.npm.set("volto-form-block", 7);
    scene.run(&["downloads"]).exits(0);
    let before = scene.world.documents();
    scene.npm.set("@plone/volto", 99);
    scene.npm.set("volto-form-block", 99);
    for fault in [
        Fault::html(200),
        Fault::status(403),
        Fault::status(500),
        Fault::status(429),
        Fault::HalfBody,
        Fault::MalformedJson,
        Fault::json(200, &json!({})),
        Fault::json(200, &json!([])),
        Fault::json(
            200,
            &json!({"downloads": 1, "package": "other", "start": "2026-01-01", "end": "2026-01-02"}),
        ),
    ] {
        // Whatever was kept of the answers before is gone.
        let cache = scene.world.pyfa_home().join("cache");
        if cache.exists() {
            std::fs::remove_dir_all(&cache).expect("a folder");
        }
        scene.npm.controls().fail("", fault.clone());
        let mut command = scene.command(&["downloads"]);
        command.env("PYPI_MAX_RETRIES", "0");
        let run = crate::support::outcome(&mut command).exits(3);
        assert_eq!(run.number("packages.learned"), 0, "{fault:?}");
        assert_eq!(run.number("packages.pending"), 2, "{fault:?}");
        assert_eq!(scene.world.documents(), before, "{fault:?}");
        scene.npm.controls().clear_faults();
    }
    scene.run(&["downloads"]).exits(0);
    let document = scene.document("@plone--volto-19.3.0");
    assert_eq!(document["download_last_day"], json!(99));
}

#[test]
fn what_comes_with_the_search_is_not_asked_for() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    let downloads = FakeNpmDownloads::start().expect("a fake");
    downloads.set_newest_day(days_ago(1));
    let profiles = world.world.home.path().join("profiles");
    fs_err::create_dir_all(&profiles).expect("a folder");
    let profile =
        "name = \"A\"\n[npm]\nkeywords = [\"volto\"]\nnames = [\"quiet\", \"@quiet/b\"]\n";
    fs_err::write(profiles.join("mine.toml"), profile).expect("a file");
    for name in ["volto-a", "@plone/b", "quiet", "@quiet/b"] {
        let is_found = !name.contains("quiet");
        let of = if is_found { manifest(name) } else { json!({}) };
        world.npm.publish(name, "1.0.0", &of);
        downloads.set(name, 5);
    }
    let target = &world.world.target;
    let run = |words: &[&str]| {
        let mut command = world.command(&[words, &["-t", target, "--format", "json"]].concat());
        command
            .env("PROFILES_DIR", &profiles)
            .env("NPM_DOWNLOADS_URL", downloads.base_url())
            .env("NPM_DOWNLOADS_DELAY", "0")
            .env("PYPI_MAX_RETRIES", "0");
        crate::support::outcome(&mut command).exits(0)
    };
    run(&["npm", "-f", "-p", "mine"]);
    let counted = run(&["downloads"]);
    assert_eq!(counted.number("packages.learned"), 4);
    // One for the name without a scope, one for the other.
    let asked = downloads.controls().requests();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().all(|line| line.contains("quiet")), "{asked:?}");
    for (id, day, week, month) in [
        ("npm:volto-a-1.0.0", Value::Null, 70, 300),
        ("@plone--b-1.0.0", Value::Null, 70, 300),
        ("npm:quiet-1.0.0", json!(5), 35, 150),
        ("@quiet--b-1.0.0", json!(5), 35, 150),
    ] {
        let document = world.document(id);
        let found = document.get("download_last_day").cloned();
        assert_eq!(found.unwrap_or_default(), day, "{id}");
        assert_eq!(document["download_last_week"], json!(week), "{id}");
        assert_eq!(document["download_last_month"], json!(month), "{id}");
        assert_eq!(document["download_source"], json!("npm"), "{id}");
    }

    // A search that does not count: the service is asked, and what it has said stays.
    let forget = || {
        let cache = world.world.pyfa_home().join("cache");
        std::fs::remove_dir_all(cache).expect("a folder");
        downloads.controls().reset();
    };
    forget();
    world.npm.set_search(FakeSearch {
        without_counts: true,
        ..FakeSearch::default()
    });
    run(&["npm", "-i", "-p", "mine"]);
    run(&["downloads"]);
    assert_eq!(downloads.controls().count(""), 3);
    let document = world.document("@plone--b-1.0.0");
    assert_eq!(document["download_last_week"], json!(35));
    forget();
    world.npm.set_search(FakeSearch::default());
    run(&["npm", "-i", "-p", "mine"]);
    run(&["downloads"]);
    assert_eq!(downloads.controls().count("plone"), 0);
    let document = world.document("@plone--b-1.0.0");
    assert_eq!(document["download_last_week"], json!(70));
    assert_eq!(document["download_last_day"], json!(5));
}

#[test]
fn numbers_of_one_registry_say_nothing_of_another() {
    let Some(scene) = Scene::new() else { return };
    let counted = |mut document: Document, downloads: i64| {
        document
            .facts
            .insert("download_last_month".to_owned(), json!(downloads));
        document
    };
    let mut requiring = release("uses", "1.0");
    requiring.requires_names = vec!["sigstore".to_owned()];
    scene.put(&[
        counted(release("small", "1.0"), 10),
        counted(release("sigstore", "3.0"), 20),
        counted(npm("tiny", "1.0.0"), 1_000_000),
        counted(sigstore(), 2_000_000),
        counted(requiring, 5),
    ]);
    scene.run(&["health"]).exits(0);
    let reason = |id: &str| scene.document(id)["health_score_breakdown"]["popularity"].to_string();
    for (id, percent) in [
        ("sigstore-3.0", 100),
        ("npm:sigstore-5.0.1", 100),
        ("small-1.0", 50),
    ] {
        let expected = format!("more downloads than {percent} %");
        assert!(reason(id).contains(&expected), "{id}: {}", reason(id));
    }
    // What is required is a package of the same registry.
    assert_eq!(scene.document("sigstore-3.0")["dependents"], json!(1));
    assert_eq!(scene.document("npm:sigstore-5.0.1")["dependents"], json!(0));
}

#[test]
fn packages_of_one_place_know_each_other() {
    let Some(scene) = Scene::new() else { return };
    let python = |name: &str, url: &str| Document {
        project_urls: [("Source".to_owned(), url.to_owned())].into(),
        ..release(name, "1.0")
    };
    let block = "https://github.com/Collective/volto-form-block/";
    let volto_repository = "https://github.com/plone/volto";
    scene.put(&[
        form_block(),
        older(&form_block(), "3.18.0"),
        python("collective.formblock", block),
        Document {
            is_latest: false,
            ..former("collective.formblock", "0.9", 90)
        },
        // Many packages of one repository: the folder tells.
        volto(),
        at(
            npm("@plone/types", "1.0.0"),
            volto_repository,
            "packages/types",
        ),
        at(
            npm("@plone/client", "1.0.0"),
            volto_repository,
            "packages/client",
        ),
        python(
            "plone.types",
            &format!("{volto_repository}/tree/main/packages/types"),
        ),
        python("plone.other", volto_repository),
        sigstore(),
        python("sigstore", "https://github.com/sigstore/sigstore-python"),
    ]);
    let mut command = scene.command(&["enrich"]);
    command.env("NPM_DOWNLOADS_URL", scene.npm.base_url());
    let run = crate::support::outcome(&mut command);
    assert_eq!(run.number("twins.with_twins"), 4, "{}", run.stderr);
    for (id, twins) in [
        (
            "npm:volto-form-block-3.19.0",
            json!(["pypi:collective.formblock"]),
        ),
        (
            "npm:volto-form-block-3.18.0",
            json!(["pypi:collective.formblock"]),
        ),
        ("collective.formblock-1.0", json!(["npm:volto-form-block"])),
        ("collective.formblock-0.9", json!(["npm:volto-form-block"])),
        ("@plone--types-1.0.0", json!(["pypi:plone.types"])),
        ("plone.types-1.0", json!(["npm:@plone/types"])),
        ("@plone--volto-19.3.0", Value::Null),
        ("@plone--client-1.0.0", Value::Null),
        ("plone.other-1.0", Value::Null),
        ("npm:sigstore-5.0.1", Value::Null),
        ("sigstore-3.0", Value::Null),
    ] {
        let document = scene.world.documents().remove(id).unwrap_or_default();
        let found = document.get("twins").cloned().unwrap_or_default();
        assert_eq!(found, twins, "{id}");
        let has = document.get("has_twins").cloned().unwrap_or_default();
        assert_eq!(has == json!(true), !twins.is_null(), "{id}");
    }
    // The other one moves away.
    scene.put(&[python(
        "collective.formblock",
        "https://github.com/elsewhere/block",
    )]);
    scene.run(&["enrich"]);
    let document = scene.document("npm:volto-form-block-3.19.0");
    assert_eq!(
        document.get("twins").cloned().unwrap_or_default(),
        Value::Null
    );
}

#[test]
fn one_package_is_named_with_its_registry() {
    let Some(scene) = Scene::new() else { return };
    scene.put(&[sigstore(), release("sigstore", "3.0"), volto()]);
    scene.npm.set("sigstore", 11);
    scene.count("sigstore", 3);
    for (name, seen) in [
        ("npm:sigstore", 1),
        ("pypi:Sigstore", 1),
        ("sigstore", 2),
        ("@plone/volto", 1),
        ("@Plone/volto", 0),
        ("npm:Sigstore", 0),
    ] {
        let run = scene.run(&["downloads", "-n", name]).exits(0);
        assert_eq!(run.number("packages.seen"), seen, "{name}");
    }
}

/// What enrichers have learned of a package is kept when its registry is read again, and new versions
/// carry it from the start.
#[test]
fn what_was_learned_survives_the_registry() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    let downloads = FakeNpmDownloads::start().expect("a fake");
    downloads.set_newest_day(days_ago(1));
    downloads.set("@plone/volto-x", 5);
    world.npm.set_search(FakeSearch {
        without_counts: true,
        ..FakeSearch::default()
    });
    let source =
        plone("the other").project_urls(json!({"Source": "https://github.com/example/volto-x"}));
    world.world.pypi.publish("plone.x", "1.0", &source);
    world
        .npm
        .publish("@plone/volto-x", "18.0.0", &manifest("one"));
    world.world.pypi(&["-f", "-p", "plone"]).exits(0);
    world.npm(&FULL).exits(0);
    let mut enrich = world.command(&["enrich", "-t", &world.world.target, "--format", "json"]);
    enrich
        .env("NPM_DOWNLOADS_URL", downloads.base_url())
        .env("NPM_DOWNLOADS_DELAY", "0")
        .env("PYPI_MAX_RETRIES", "0");
    let run = crate::support::outcome(&mut enrich);
    assert_eq!(run.number("twins.with_twins"), 2, "{}", run.stderr);
    world
        .npm
        .publish("@plone/volto-x", "19.0.0", &manifest("two"));
    world.npm(&INCREMENTAL).exits(0);
    world.npm(&["-f", "-p", "plone", "--force"]).exits(0);
    for id in ["@plone--volto-x-18.0.0", "@plone--volto-x-19.0.0"] {
        let document = world.document(id);
        assert_eq!(document["download_last_day"], json!(5), "{id}");
        assert_eq!(document["twins"], json!(["pypi:plone.x"]), "{id}");
        assert_eq!(document["has_twins"], json!(true), "{id}");
    }
    let document = world.document("plone.x-1.0");
    assert_eq!(document["twins"], json!(["npm:@plone/volto-x"]));
    assert!(!document.contains_key("download_last_day"));
}
