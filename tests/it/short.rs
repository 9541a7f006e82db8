//! An export that ends cleanly between two lines, as a node that lags or a load balancer leaves it,
//! is not taken for the whole: nothing is deleted, no name moves, and the command says so.

use std::process::Command;

use pyfa_testkit::typesense::TypesenseServer;

use crate::support::gate::Gate;
use crate::support::{Outcome, World, client, documents, outcome, plone, wait};

const ALWAYS: usize = usize::MAX;
/// Lines that pass, of 80.
const LINES: usize = 20;

/// Eighty documents behind a gate.
struct Scene {
    world: World,
    gate: Gate,
}

impl Scene {
    fn new() -> Option<Self> {
        let world = World::empty()?;
        for number in 0..40 {
            for version in ["1.0", "1.1"] {
                let name = format!("plone.part{number:02}");
                world.pypi.publish(&name, version, &plone(version));
            }
        }
        world.pypi(&["-f", "-p", "plone"]).exits(0);
        let gate = Gate::before(world.typesense.port());
        Some(Self { world, gate })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command(arguments);
        command.env("TYPESENSE_PORT", self.gate.port().to_string());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(&mut self.command(arguments))
    }

    /// The collection that a name leads to.
    fn real(&self, name: &str) -> Option<String> {
        let found = wait(self.world.search().fetch_collection(name)).expect("an answer");
        found.map(|collection| collection.name)
    }

    fn held(&self, name: &str) -> usize {
        documents(&self.world.search(), name).len()
    }

    /// Holds that the command refuses what it has seen, and that everything is there.
    #[track_caller]
    fn refuses(&self, arguments: &[&str]) {
        let refused = self.run(arguments);
        let said = refused.stdout + &refused.stderr;
        assert_ne!(refused.code, 0, "{arguments:?}: {said}");
        for part in [
            "20 of 80 documents",
            &format!("http://127.0.0.1:{}", self.gate.port()),
        ] {
            assert!(said.contains(part), "{arguments:?}: {said}");
        }
        assert_eq!(self.real(&self.world.target), Some(self.old()));
        assert_eq!(self.world.document_count(), 80, "{arguments:?}");
    }

    fn old(&self) -> String {
        format!("{}-1", self.world.target)
    }

    /// The next fetch compares ledger and collection.
    fn forget(&self) {
        fs_err::remove_dir_all(self.world.pyfa_home()).expect("no ledger");
    }
}

#[test]
fn copies_and_rebuilds_refuse_a_short_export() {
    let Some(scene) = Scene::new() else { return };
    let target = scene.world.target.as_str();
    let copy = format!("{target}-copy");
    let migrate = ["manage", "--migrate", "-s", target, "-t", &copy, "-f"];
    scene.run(&migrate).exits(0);
    scene.gate.cut(LINES, ALWAYS);
    // Sixty documents of the copy would be too many.
    scene.refuses(&migrate);
    assert_eq!(scene.held(&copy), 80);
    let fresh = format!("{target}-fresh");
    scene.refuses(&["manage", "--migrate", "-s", target, "-t", &fresh]);
    scene.refuses(&["manage", "--recreate-collection", target, "-f"]);
    // Where only the first is cut, the others make it good.
    scene.gate.cut(LINES, 1);
    let made = scene.run(&migrate).exits(0);
    assert!(made.stdout.contains("the same 80"), "{}", made.stdout);
    scene.gate.cut(LINES, 1);
    let rebuild = ["manage", "--recreate-collection", target, "-f"];
    scene.run(&rebuild).exits(0);
    assert_eq!(scene.world.document_count(), 80);
    assert_ne!(scene.real(target), Some(scene.old()));
}

#[test]
fn a_move_to_another_place_refuses_a_short_export() {
    let Some(scene) = Scene::new() else { return };
    let two = TypesenseServer::start_own().expect("a server");
    let there = client(&two.url(), two.api_key());
    // A server of its own, since everything moves.
    let one = TypesenseServer::start_own().expect("a server");
    let gate = Gate::before(one.port());
    let (old, target) = (scene.old(), scene.world.target.as_str());
    let (from, to) = (format!("http://127.0.0.1:{}", gate.port()), two.url());
    let fill = ["manage", "--migrate", "-s", target, "--to", &one.url()];
    let mut fill = scene.command(&fill);
    outcome(fill.env("MIGRATE_API_KEY", one.api_key())).exits(0);
    wait(client(&one.url(), one.api_key()).set_alias(target, &old)).expect("an alias");

    let run = || {
        let mut command = scene.command(&["manage", "--migrate", "--from", &from, "-f"]);
        command
            .env("MIGRATE_API_KEY", one.api_key())
            .env("TYPESENSE_PORT", two.port().to_string())
            .env("TYPESENSE_API_KEY", two.api_key());
        outcome(&mut command)
    };
    for _ in 0..2 {
        gate.cut(LINES, ALWAYS);
        let refused = run().exits(1);
        for part in ["20 of 80 documents", &from] {
            assert!(refused.stderr.contains(part), "{}", refused.stderr);
        }
        assert!(
            wait(there.fetch_alias(target))
                .expect("an answer")
                .is_none()
        );
        gate.cut(LINES, 1);
        run().exits(0);
        assert_eq!(documents(&there, &old).len(), 80);
        let alias = wait(there.fetch_alias(target)).expect("an answer");
        assert!(alias.is_some_and(|alias| alias.collection_name == old));
        // Again, with a target that holds everything.
        wait(there.delete_alias(target)).expect("an answer");
    }
    assert!(!to.is_empty() && documents(&there, &old).len() == 80);
}

#[test]
fn enrichers_do_not_take_a_part_for_all() {
    let Some(scene) = Scene::new() else { return };
    let target = scene.world.target.as_str();
    scene.gate.cut(LINES, ALWAYS);
    for command in ["github", "downloads", "advisories", "health"] {
        scene.refuses(&[command, "-t", target]);
    }
    let problems = scene.world.home.path().join("github_problems.json");
    assert!(!problems.exists());
    scene.gate.cut(LINES, 1);
    let health = ["health", "-t", target, "--format", "json"];
    let health = scene.run(&health).exits(0);
    assert_eq!(health.number("scored"), 40);
}

#[test]
fn a_fetch_does_not_compare_its_ledger_with_a_part() {
    let Some(scene) = Scene::new() else { return };
    let target = scene.world.target.as_str();
    let before = scene.world.content();
    let fetch = [
        "pypi", "-i", "-p", "plone", "-t", target, "--format", "json",
    ];
    scene.forget();
    scene.gate.cut(LINES, ALWAYS);
    scene.refuses(&fetch);
    scene.gate.cut(LINES, 1);
    let run = scene.run(&fetch).exits(0);
    assert_eq!(run.number("documents.written"), 0, "{}", run.report);
    assert_eq!(scene.world.content(), before);
}

#[test]
fn what_people_are_shown_is_all_there_is() {
    let Some(scene) = Scene::new() else { return };
    let target = scene.world.target.as_str();
    let show = [
        "pypi",
        "--show",
        "plone.part00",
        "--all-versions",
        "-t",
        target,
    ];
    scene.gate.cut(1, ALWAYS);
    let refused = scene.run(&show).exits(1);
    let said = &refused.stderr;
    assert!(said.contains("1 of 2 documents"), "{said}");
    scene.gate.cut(1, 1);
    let shown = scene.run(&show).exits(0);
    assert_eq!(shown.report.as_array().map(Vec::len), Some(2));
}

/// Facts that an update puts back are read by a filter.
#[test]
fn an_update_does_not_lose_the_facts_of_releases_that_an_export_left_out() {
    let Some(scene) = Scene::new() else { return };
    let (world, target) = (&scene.world, scene.world.target.as_str());
    let line = r#"{"id":"plone.part00-1.0","github_stars":7,"has_vulnerabilities":true}"#;
    let action = pyfa::search::ImportAction::Update;
    let search = world.search();
    let written = search.import(target, action, vec![line.into()]);
    wait(written).expect("an answer");
    world.pypi.publish("plone.part00", "2.0", &plone("new"));
    scene.gate.cut(0, 1);
    let fetch = ["pypi", "-i", "-p", "plone", "-t", target];
    scene.run(&fetch).exits(0);
    assert_eq!(world.documents()["plone.part00-2.0"]["github_stars"], 7);
}

#[test]
fn in_a_cluster_another_node_helps_or_the_last_one_is_named() {
    let Some(scene) = Scene::new() else { return };
    let target = scene.world.target.as_str();
    let other = Gate::before(scene.world.typesense.port());
    let nodes = [&scene.gate, &other].map(|gate| format!("http://127.0.0.1:{}", gate.port()));
    let copy = format!("{target}-copy");
    let run = |name: &str| {
        let migrate = ["manage", "--migrate", "-s", target, "-t", name];
        outcome(
            scene
                .command(&migrate)
                .env("TYPESENSE_NODES", nodes.join(",")),
        )
    };
    scene.gate.cut(LINES, ALWAYS);
    run(&copy).exits(0);
    assert_eq!(scene.held(&copy), 80);
    other.cut(LINES, ALWAYS);
    let refused = run(&format!("{copy}-2")).exits(1);
    let names = |node: &str| {
        let part = format!("the answer of {node} ended after 20 of 80 documents");
        refused.stderr.contains(&part)
    };
    assert!(nodes.iter().any(|node| names(node)), "{}", refused.stderr);
}

/// What a server without aliases says.
const NO_ALIASES: &str = r#"{"aliases":[]}"#;

#[test]
fn a_list_without_the_alias_that_was_followed_deletes_nothing() {
    let Some(scene) = Scene::new() else { return };
    let (old, target) = (scene.old(), scene.world.target.as_str());
    scene.gate.lie("GET /aliases ", NO_ALIASES);
    for arguments in [
        ["manage", "--recreate-collection", target, "-f"],
        ["manage", "--delete-collection", &old, "-f"],
    ] {
        let refused = scene.run(&arguments).exits(1);
        let said = format!("the list of aliases lacks `{target}`");
        assert!(refused.stderr.contains(&said), "{}", refused.stderr);
        assert_eq!(scene.real(target), Some(old.clone()));
        assert_eq!(scene.world.document_count(), 80);
    }
    scene.gate.tell_the_truth();
    let rebuild = ["manage", "--recreate-collection", target, "-f"];
    scene.run(&rebuild).exits(0);
    assert_eq!(scene.real(target), Some(format!("{target}-2")));
}

#[test]
fn no_documents_are_believed_only_where_nothing_contradicts() {
    let Some(scene) = Scene::new() else { return };
    let (old, target) = (scene.old(), scene.world.target.as_str());
    // By the address of the gate the ledger has to know the collection as well.
    let fetch = ["pypi", "-i", "-p", "plone", "-t", target];
    scene.run(&fetch).exits(0);
    let empty = format!(r#"{{"name":"{old}","num_documents":0}}"#);
    let copy = format!("{target}-copy");
    let verbs = [
        vec!["manage", "--recreate-collection", target, "-f"],
        vec!["manage", "--delete-collection", &old, "-f"],
        vec!["manage", "--migrate", "-s", target, "-t", &copy, "-f"],
    ];
    let refuse = |part: &str| {
        for arguments in &verbs {
            let refused = scene.run(arguments).exits(1);
            assert!(refused.stderr.contains(part), "{}", refused.stderr);
            assert_eq!(scene.real(target), Some(old.clone()));
            assert_eq!(scene.world.document_count(), 80);
        }
    };
    scene.gate.cut(0, ALWAYS);
    for name in [&old, target] {
        scene.gate.lie(&format!("GET /collections/{name} "), &empty);
    }
    refuse("a search finds 80");
    let nothing = r#"{"results":[{"found":0,"hits":[]}]}"#;
    scene.gate.lie("POST /multi_search ", nothing);
    refuse("the ledger records ");
    // An answer about something else is none.
    scene.gate.tell_the_truth();
    let other = r#"{"name":"somebody-else","num_documents":0}"#;
    for name in [&old, target] {
        scene.gate.lie(&format!("GET /collections/{name} "), other);
    }
    refuse("the server answers with another collection");
}

#[test]
fn a_move_refuses_short_lists() {
    let Some(scene) = Scene::new() else { return };
    let two = TypesenseServer::start_own().expect("a server");
    let there = client(&two.url(), two.api_key());
    // A server of its own, since everything moves.
    let one = TypesenseServer::start_own().expect("a server");
    let gate = Gate::before(one.port());
    let (old, target) = (scene.old(), scene.world.target.as_str());
    let from = format!("http://127.0.0.1:{}", gate.port());
    let fill = ["manage", "--migrate", "-s", target, "--to", &one.url()];
    let mut fill = scene.command(&fill);
    outcome(fill.env("MIGRATE_API_KEY", one.api_key())).exits(0);
    let source = client(&one.url(), one.api_key());
    wait(source.set_alias(target, &old)).expect("an alias");
    wait(source.set_alias("nowhere", "gone")).expect("an alias");

    let run = || {
        let mut command = scene.command(&["manage", "--migrate", "--from", &from, "-f"]);
        command
            .env("MIGRATE_API_KEY", one.api_key())
            .env("TYPESENSE_PORT", two.port().to_string())
            .env("TYPESENSE_API_KEY", two.api_key());
        outcome(&mut command)
    };
    for (list, body, lacking) in [
        ("collections", "[]", &old),
        ("aliases", NO_ALIASES, &scene.world.target),
    ] {
        gate.lie(&format!("GET /{list} "), body);
        let refused = run().exits(1);
        let said = format!("the list of {list} lacks `{lacking}`");
        assert!(refused.stderr.contains(&said), "{}", refused.stderr);
        assert!(
            wait(there.fetch_collection(&old))
                .expect("an answer")
                .is_none()
        );
        gate.tell_the_truth();
    }
    let moved = run().exits(0);
    let said = moved.stdout + &moved.stderr;
    assert!(said.contains("nowhere"), "{said}");
    assert_eq!(documents(&there, target).len(), 80);
}
