//! `pyfa manage` and `pyfupdater`: collections, aliases and keys on a real server.

mod aliases;
mod copies;
mod frontend;
mod guide;
mod keys;
mod kills;
mod moves;
mod names;
mod recreate;
mod surprises;

use std::collections::BTreeMap;

use pyfa::search::{Client, ImportAction, LineOutcome, NewCollection};
use pyfa_testkit::pypi::FakePyPi;
use serde_json::{Map, Value, json};

use crate::support::{Outcome, World, plone, wait};

/// A world with a filled target.
fn filled() -> Option<World> {
    let world = World::empty()?;
    for number in 0..6 {
        let name = format!("plone.part{number}");
        for version in ["1.0", "2.0"] {
            world.pypi.publish(&name, version, &plone(version));
        }
    }
    world.pypi(&["-f", "-p", "plone"]).exits(0);
    Some(world)
}

/// A world without a registry's projects: for what concerns the server only.
fn bare() -> Option<World> {
    World::new(FakePyPi::start().expect("a fake registry"))
}

impl World {
    /// `pyfa manage …`, run to its end without a terminal.
    fn manage(&self, arguments: &[&str]) -> Outcome {
        self.run(&[&["manage"], arguments].concat())
    }

    /// The same with `--format json`.
    fn manage_json(&self, arguments: &[&str]) -> Value {
        let outcome = self.manage(&[arguments, &["--format", "json"]].concat());
        outcome.exits(0).report
    }

    /// The collection that a name leads to.
    fn real(&self, name: &str) -> Option<String> {
        let found = wait(self.search().fetch_collection(name)).expect("an answer");
        found.map(|collection| collection.name)
    }

    /// What a collection holds, by id.
    fn held(&self, name: &str) -> BTreeMap<String, Map<String, Value>> {
        crate::support::documents(&self.search(), name)
    }

    /// Whether a collection bears this name itself.
    fn exists(&self, name: &str) -> bool {
        self.real(name).as_deref() == Some(name)
    }

    fn create(&self, collection: &NewCollection) {
        wait(self.search().create_collection(collection)).expect("a collection");
    }

    /// Writes documents past the program.
    #[track_caller]
    fn write(&self, collection: &str, documents: &[Value]) {
        write(&self.search(), collection, documents);
    }
}

#[track_caller]
fn write(search: &Client, collection: &str, documents: &[Value]) {
    let lines = documents
        .iter()
        .map(|document| document.to_string().into())
        .collect();
    let outcomes = wait(search.import(collection, ImportAction::Upsert, lines)).expect("an answer");
    for outcome in outcomes {
        assert_eq!(outcome, LineOutcome::Accepted);
    }
}

/// A small collection of somebody's own.
fn small(name: &str) -> NewCollection {
    let mut collection = NewCollection::named(name);
    collection.fields.retain(|field| field.name == "name");
    collection.default_sorting_field = String::new();
    collection
}

/// A document of ours with everything that the schema wants.
fn document(id: &str) -> Value {
    let mut document = json!({"id": id, "name": id});
    for field in pyfa::search::schema::fields() {
        if field.optional || document.get(&field.name).is_some() {
            continue;
        }
        document[&field.name] = match field.kind.as_str() {
            "string" => json!("text"),
            "string[]" => json!([]),
            "bool" => json!(false),
            _ => json!(1),
        };
    }
    document
}
