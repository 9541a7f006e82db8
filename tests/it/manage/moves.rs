//! `--migrate --from`, `--to`: one collection or everything from one place to another.

use std::process::{Command, Stdio};

use pyfa::search::{Client, CurationKind, Field, NewCollection};
use pyfa_testkit::pypi::FakePyPi;
use pyfa_testkit::typesense::{TypesenseServer, typesense_or_skip};
use serde_json::{Map, Value, json};

use super::{document, small};
use crate::support::gate::{Gate, Hold};
use crate::support::{Outcome, client, documents, kill, outcome, plone, until, wait};

/// Two servers, a registry and a home.
struct Places {
    pypi: FakePyPi,
    one: TypesenseServer,
    two: TypesenseServer,
    home: tempfile::TempDir,
}

fn search(server: &TypesenseServer) -> Client {
    client(&server.url(), server.api_key())
}

/// A scene of one collection of ours behind an alias, and one of somebody else's.
impl Places {
    fn new() -> Option<Self> {
        typesense_or_skip()?;
        let places = Self {
            pypi: FakePyPi::start().expect("a fake registry"),
            one: TypesenseServer::start_own().expect("a server"),
            two: TypesenseServer::start_own().expect("a server"),
            home: tempfile::tempdir().expect("a folder"),
        };
        for name in ["plone.one", "plone.two", "plone.three"] {
            for version in ["1.0", "2.0"] {
                places.pypi.publish(name, version, &plone(version));
            }
        }
        places.pyfa(&["pypi", "-f", "-p", "plone"]).exits(0);
        let books = NewCollection {
            fields: vec![
                field("name", "string"),
                field("made", "auto"),
                field("place", "object"),
            ],
            ..small("books")
        };
        wait(search(&places.one).create_collection(&books)).expect("a collection");
        Places::write(
            &places.one,
            "books",
            &[
                json!({"id": "a", "name": "A", "made": 5, "place": {"town": "Köln", "floors": 2}}),
                json!({"id": "b", "name": "B", "own": {"text": "世界"}, "made": 6}),
            ],
        );
        Some(places)
    }

    /// With one of the servers as that of the settings, and the key of the other one.
    fn command(&self, own: &TypesenseServer, arguments: &[&str]) -> Command {
        let is_one = own.port() == self.one.port();
        let other = if is_one { &self.two } else { &self.one };
        let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("TYPESENSE_HOST", "127.0.0.1")
            .env("TYPESENSE_PORT", own.port().to_string())
            .env("TYPESENSE_API_KEY", own.api_key())
            .env("MIGRATE_API_KEY", other.api_key())
            .env("PYPI_BASE_URL", self.pypi.base_url())
            .stdin(Stdio::null());
        command
    }

    fn pyfa(&self, arguments: &[&str]) -> Outcome {
        outcome(&mut self.command(&self.one, arguments))
    }

    /// Everything to the second server.
    fn forth(&self, more: &[&str]) -> Outcome {
        let to = self.two.url();
        self.pyfa(
            &[
                &["manage", "--migrate", "--to", &to, "--format", "json"],
                more,
            ]
            .concat(),
        )
    }

    fn write(server: &TypesenseServer, collection: &str, documents: &[Value]) {
        super::write(&search(server), collection, documents);
    }

    #[track_caller]
    fn is_equal(&self, there: &Client) {
        let here = search(&self.one);
        for name in ["plone-1", "books"] {
            let held = documents(&here, name);
            assert!(!held.is_empty());
            assert_eq!(documents(there, name), held, "{name}");
        }
        let alias = wait(there.fetch_alias("plone"))
            .expect("an answer")
            .expect("an alias");
        assert_eq!(alias.collection_name, "plone-1");
    }
}

fn field(name: &str, kind: &str) -> Field {
    Field {
        name: name.to_owned(),
        kind: kind.to_owned(),
        facet: false,
        index: true,
        optional: true,
        sort: false,
        other: Map::new(),
    }
}

fn written(report: &Value) -> Vec<u64> {
    let collections = report["result"]["collections"].as_array().expect("a list");
    let counts = collections.iter().map(|one| one["written"].as_u64());
    counts.map(|count| count.expect("a number")).collect()
}

#[test]
fn everything_moves_and_finds_itself_equal_again() {
    let Some(places) = Places::new() else { return };
    let there = search(&places.two);
    places
        .pyfa(&[
            "manage",
            "--add-search-only-apikey",
            "-t",
            "plone",
            "--expires",
            "90d",
        ])
        .exits(0);
    let synonym: Map<String, Value> = [("synonyms".to_owned(), json!(["cms", "plone"]))]
        .into_iter()
        .collect();
    wait(search(&places.one).set_rule("books", CurationKind::Synonyms, "s", &synonym))
        .expect("a rule");
    wait(search(&places.one).set_alias("nowhere", "gone")).expect("an alias");

    let planned = places.forth(&["--dry-run"]).exits(0);
    assert_eq!(planned.report["dangling"], json!(["nowhere"]));
    assert_eq!(wait(there.list_collections()).expect("an answer"), []);

    let moved = places.forth(&[]).exits(0);
    assert_eq!(written(&moved.report), [2, 6]);
    places.is_equal(&there);
    assert!(
        wait(there.fetch_alias("nowhere"))
            .expect("an answer")
            .is_none()
    );
    let rules = wait(there.list_rules("books", CurationKind::Synonyms)).expect("rules");
    assert_eq!(rules[0]["synonyms"], json!(["cms", "plone"]));
    // Fields that documents added come in the order in which the documents did.
    let fields = |client: &Client| {
        let books = wait(client.fetch_collection("books")).expect("an answer");
        let mut fields = books.expect("a collection").fields;
        fields.sort_by(|one, other| (&one.name, &one.kind).cmp(&(&other.name, &other.kind)));
        fields
    };
    assert_eq!(fields(&there), fields(&search(&places.one)));

    // The new value opens what the old one opened, and no secret stands elsewhere.
    let keys = moved.report["keys"].as_array().expect("keys");
    assert_eq!(keys.len(), 1);
    let value = keys[0]["value"].as_str().expect("a value");
    let front = client(&places.two.url(), value);
    let words = [("q", "*".to_owned()), ("query_by", "name".to_owned())];
    assert_eq!(
        wait(front.search("plone", &words)).expect("an answer")["found"],
        6
    );
    assert!(wait(front.list_collections()).is_err());
    for secret in [value, places.one.api_key(), places.two.api_key()] {
        assert!(!moved.stderr.contains(secret));
    }
    assert!(moved.report["plan"]["keys"]["not_search_only"].is_number());

    let again = places.forth(&[]).exits(0);
    assert_eq!(written(&again.report), [0, 0]);
    assert_eq!(again.report["keys"], json!([]));
    assert_eq!(wait(there.list_keys()).expect("keys").len(), 1);

    // A fetch at the new place goes on where the old one stood.
    let fetch = ["pypi", "-i", "-p", "plone", "--format", "json"];
    let fetched = outcome(&mut places.command(&places.two, &fetch)).exits(0);
    assert_eq!(fetched.requests("project"), 0, "{}", fetched.report);
    assert_eq!(fetched.number("documents.written"), 0);
    places.forth(&[]).exits(0);
}

#[test]
fn what_the_target_has_goes_only_if_that_is_meant() {
    let Some(places) = Places::new() else { return };
    let there = search(&places.two);
    places.forth(&[]).exits(0);
    let mut other = document("plone.one-1.0");
    other["summary"] = json!("changed there");
    Places::write(&places.two, "plone-1", &[other, document("extra")]);
    wait(there.set_alias("plone", "books")).expect("an alias");
    let before = documents(&there, "plone-1");

    let refused = places.forth(&[]).exits(2);
    for part in [
        "replace 1 document there",
        "delete 1 document there",
        "away from `books`",
    ] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    assert_eq!(documents(&there, "plone-1"), before);
    let moved = places.forth(&["-f"]).exits(0);
    assert_eq!(written(&moved.report), [0, 1]);
    places.is_equal(&there);

    // What is only there, and in nobody's way, stays.
    wait(there.create_collection(&small("theirs"))).expect("a collection");
    places.forth(&[]).exits(0);
    assert!(
        wait(there.fetch_collection("theirs"))
            .expect("an answer")
            .is_some()
    );

    // Another schema is not bent, and an alias cannot be what a collection is.
    wait(there.delete_collection("books")).expect("an answer");
    let books = NewCollection {
        fields: vec![field("name", "int64")],
        ..small("books")
    };
    wait(there.create_collection(&books)).expect("a collection");
    let refused = places.forth(&["-f"]).exits(1);
    assert!(
        refused.stderr.contains("`name` is int64"),
        "{}",
        refused.stderr
    );
}

#[test]
fn one_collection_moves_under_its_own_name_or_another() {
    let Some(places) = Places::new() else { return };
    let (there, to) = (search(&places.two), places.two.url());
    let held = documents(&search(&places.one), "plone-1");
    let forth = ["manage", "--migrate", "-s", "plone", "--to", &to];
    places.pyfa(&forth).exits(0);
    assert_eq!(documents(&there, "plone-1"), held);
    assert_eq!(wait(there.list_aliases()).expect("an answer"), []);
    assert_eq!(wait(there.list_collections()).expect("an answer").len(), 1);

    let back = [
        "manage",
        "--migrate",
        "--from",
        &to,
        "-s",
        "plone-1",
        "-t",
        "back",
    ];
    places.pyfa(&back).exits(0);
    assert_eq!(documents(&search(&places.one), "back"), held);
    let fetch = [
        "pypi", "-i", "-p", "plone", "-t", "back", "--format", "json",
    ];
    assert_eq!(places.pyfa(&fetch).exits(0).requests("project"), 0);
}

#[test]
fn a_place_that_makes_no_sense_is_told() {
    let Some(places) = Places::new() else { return };
    let (one, two) = (places.one.url(), places.two.url());
    let nowhere = "embedded:no-such-folder";
    for (arguments, part) in [
        (&["--migrate", "--to", &one][..], "same search server"),
        (&["--migrate", "--to", "somewhere"], "--to somewhere"),
        (&["--migrate", "--from", "embedded:"], "--from embedded:"),
        (&["--migrate", "--from", nowhere], "no embedded engine"),
        (&["-ls", "--to", &two], "--migrate"),
        (
            &["--migrate", "--from", "http://a:1", "--to", "http://b:1"],
            "neither `--from` nor `--to`",
        ),
    ] {
        let refused = places.pyfa(&[&["manage"], arguments].concat()).exits(2);
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    for key in ["", "wrong-key-of-somebody"] {
        let mut command = places.command(&places.one, &["manage", "--migrate", "--to", &two]);
        let refused = outcome(command.env("MIGRATE_API_KEY", key)).exits(2);
        assert!(
            refused.stderr.contains("MIGRATE_API_KEY"),
            "{}",
            refused.stderr
        );
        assert!(key.is_empty() || !refused.stderr.contains(key));
    }
    assert!(!places.home.path().join("no-such-folder").exists());
}

/// Killed at every change that the target is asked for, before and after it was made: the same
/// command finishes, and no name leads to half a collection meanwhile.
#[test]
fn an_interrupted_move_is_taken_up() {
    let Some(places) = Places::new() else { return };
    places
        .pyfa(&["manage", "--add-search-only-apikey", "-t", "plone"])
        .exits(0);
    let there = search(&places.two);
    let gate = Gate::before(places.two.port());
    let to = format!("http://127.0.0.1:{}", gate.port());
    let forth = ["manage", "--migrate", "--to", &to];
    let empty = || {
        for alias in wait(there.list_aliases()).expect("aliases") {
            wait(there.delete_alias(&alias.name)).expect("an answer");
        }
        for one in wait(there.list_collections()).expect("collections") {
            wait(there.delete_collection(&one.name)).expect("an answer");
        }
        for key in wait(there.list_keys()).expect("keys") {
            wait(there.delete_key(key.id)).expect("an answer");
        }
    };
    gate.open();
    places.pyfa(&forth).exits(0);
    let changes = gate.changes().len();
    assert!(changes > 5, "the gate is not passed");
    for number in 0..changes {
        for hold in [Hold::Before, Hold::After] {
            empty();
            gate.hold(number, hold);
            let run = places
                .command(&places.one, &forth)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the program starts");
            until("the change is held", || gate.is_holding());
            kill(run);
            if wait(there.fetch_alias("plone"))
                .expect("an answer")
                .is_some()
            {
                places.is_equal(&there);
            }
            gate.open();
            places.pyfa(&forth).exits(0);
            places.is_equal(&there);
            assert_eq!(wait(there.list_keys()).expect("keys").len(), 1);
        }
    }
}

/// From a server to a folder, a fetch there, and from the folder to another server.
#[test]
fn the_embedded_engine_is_a_place_too() {
    let Some(places) = Places::new() else { return };
    places
        .pyfa(&["manage", "--add-search-only-apikey", "-t", "plone"])
        .exits(0);
    let synonym: Map<String, Value> = [("synonyms".to_owned(), json!(["cms", "plone"]))]
        .into_iter()
        .collect();
    wait(search(&places.one).set_rule("books", CurationKind::Synonyms, "s", &synonym))
        .expect("a rule");
    let forth = [
        "manage",
        "--migrate",
        "--to",
        "embedded:copy",
        "--format",
        "json",
    ];
    let moved = places.pyfa(&forth).exits(0);
    assert_eq!(written(&moved.report), [2, 6]);
    assert!(
        moved.stderr.contains("1 synonym or override not copied"),
        "{}",
        moved.stderr
    );
    assert_eq!(written(&places.pyfa(&forth).exits(0).report), [0, 0]);

    let mut fetch = places.command(
        &places.one,
        &["pypi", "-i", "-p", "plone", "--format", "json"],
    );
    fetch.env("TYPESENSE_HOST", "").env("PYFA_DATA", "copy");
    assert_eq!(outcome(&mut fetch).exits(0).requests("project"), 0);

    let on = [
        "manage",
        "--migrate",
        "--from",
        "embedded:copy",
        "--format",
        "json",
    ];
    let moved = outcome(&mut places.command(&places.two, &on)).exits(0);
    assert_eq!(written(&moved.report), [2, 6]);
    assert_eq!(moved.report["keys"].as_array().map(Vec::len), Some(1));
    places.is_equal(&search(&places.two));
}
