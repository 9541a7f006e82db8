//! The place of a package among the others of its collection: band, dependents, rank.

use std::collections::BTreeMap;

use pyfa::model::Document;
use pyfa::search::{ImportAction, LineOutcome, NewCollection};
use serde_json::{Value, json};

use super::Scene;
use crate::support::{plone, wait};

/// What older programs neither declared nor wrote.
const ADDED: [&str; 7] = [
    "requires_names",
    "name_joined",
    "first_upload",
    "status",
    "health_band",
    "dependents",
    "search_rank",
];

impl Scene {
    fn publish(&self, name: &str, version: &str, requirements: &[&str]) {
        let release = plone(name).requires_dist(requirements.iter().copied());
        self.world.pypi.publish(name, version, &release);
    }

    /// Dependents of all documents that have a number.
    fn dependents(&self) -> BTreeMap<String, u64> {
        let documents = self.world.documents().into_iter();
        documents
            .filter_map(|(id, document)| Some((id, document.get("dependents")?.as_u64()?)))
            .collect()
    }

    /// Writes facts as an enricher would.
    fn learn(&self, facts: &[Value]) {
        let lines = facts.iter().map(|one| one.to_string().into()).collect();
        let search = self.world.search();
        let outcomes = wait(search.import(&self.world.target, ImportAction::Update, lines));
        let outcomes = outcomes.expect("an import");
        let is_accepted = |outcome: &LineOutcome| *outcome == LineOutcome::Accepted;
        assert!(outcomes.iter().all(is_accepted), "{outcomes:?}");
    }

    fn search(&self, parameters: &[(&str, &str)]) -> Value {
        let mut all = vec![("q", "*".to_owned())];
        all.extend(
            parameters
                .iter()
                .map(|(key, value)| (*key, (*value).to_owned())),
        );
        wait(self.world.search().search(&self.world.target, &all)).expect("an answer")
    }

    /// Ids of the hits.
    fn found(&self, parameters: &[(&str, &str)]) -> Vec<String> {
        let answer = self.search(parameters);
        let hits = answer["hits"].as_array().into_iter().flatten();
        hits.filter_map(|hit| hit["document"]["id"].as_str().map(str::to_owned))
            .collect()
    }
}

fn counts(expected: &[(&str, u64)]) -> BTreeMap<String, u64> {
    let expected = expected.iter();
    expected
        .map(|(id, count)| ((*id).to_owned(), *count))
        .collect()
}

#[test]
fn packages_that_require_another_are_counted_once_and_extras_not_at_all() {
    let Some(scene) = Scene::new() else { return };
    scene.publish("plone.base", "1.0", &[]);
    scene.publish("plone.base", "2.0", &["plone.base[all]", "not.here"]);
    scene.publish("plone.a", "1.0", &["plone.base>=1", "Plone_Base[x] <3"]);
    scene.publish("plone.b", "1.0", &["plone-base ; python_version < '4'"]);
    scene.publish("plone.c", "1.0", &["plone.base; extra == 'test'"]);
    scene.publish("plone.d", "1.0", &["plone.base"]);
    scene.publish("plone.d", "2.0", &["plone.base.more"]);
    scene.index();
    let run = scene.run(&["health"]).exits(0);
    assert_eq!(run.number("required"), 1);
    let mut expected = counts(&[
        ("plone.a-1.0", 0),
        ("plone.b-1.0", 0),
        ("plone.base-2.0", 2),
        ("plone.c-1.0", 0),
        ("plone.d-2.0", 0),
    ]);
    assert_eq!(scene.dependents(), expected);
    // The filter finds those that are counted, and nobody of a similar name.
    let filter = "is_latest:=true && requires_names:=`plone-base`";
    let mut found = scene.found(&[("filter_by", filter)]);
    found.sort();
    // The package itself, which wants an extra of its own, does not count.
    assert_eq!(found, ["plone.a-1.0", "plone.b-1.0", "plone.base-2.0"]);

    // One leaves; only what has changed is written, though another package alone was asked for.
    scene.publish("plone.b", "2.0", &[]);
    scene.index();
    let run = scene.run(&["health", "-n", "plone.base"]).exits(0);
    assert_eq!(run.number("documents.written"), 1);
    expected.insert("plone.base-2.0".to_owned(), 1);
    expected.remove("plone.b-1.0");
    expected.insert("plone.b-2.0".to_owned(), 0);
    assert_eq!(scene.dependents(), expected);

    // A new release has the number from the start, and the former latest has it no more.
    scene.publish("plone.base", "3.0", &[]);
    scene.index();
    expected.remove("plone.base-2.0");
    expected.insert("plone.base-3.0".to_owned(), 1);
    assert_eq!(scene.dependents(), expected);
    scene.run(&["health", "--rules", "pyf"]).exits(0);
    assert_eq!(scene.dependents(), expected);
    for (id, document) in scene.world.documents() {
        let is_latest = document["is_latest"] == json!(true);
        assert_eq!(document.contains_key("search_rank"), is_latest, "{id}");
        let score = document["health_score"].as_u64();
        let band = document["health_band"]
            .as_str()
            .and_then(|band| band.split_once('-'));
        let (least, most) = band.expect("a band");
        assert!(
            least.parse().ok() <= score && score <= most.parse().ok(),
            "{id}: {score:?} in {band:?}"
        );
    }
}

#[test]
fn what_is_alive_and_used_ranks_above_what_is_archived() {
    let Some(scene) = Scene::new() else { return };
    for name in [
        "plone.used",
        "plone.unused",
        "plone.archived",
        "plone.yanked",
    ] {
        scene.publish(name, "1.0", &[]);
    }
    let inactive = ["Framework :: Plone", "Development Status :: 7 - Inactive"];
    let inactive = plone("inactive").classifiers(inactive);
    scene.world.pypi.publish("plone.inactive", "1.0", &inactive);
    scene.publish("plone.dependent", "1.0", &["plone.used"]);
    scene.world.pypi.yank("plone.yanked", "1.0", "broken");
    scene.index();
    scene.run(&["health"]).exits(0);
    let rank = |name: &str| scene.document(&format!("{name}-1.0"))["search_rank"].clone();
    // Without any source of facts: health, and who is required.
    assert!(rank("plone.used").as_u64() > rank("plone.unused").as_u64());
    assert_eq!(rank("plone.archived"), rank("plone.unused"));

    scene.learn(&[
        json!({"id": "plone.used-1.0", "download_last_month": 900, "github_stars": 50}),
        json!({"id": "plone.unused-1.0", "download_last_month": 3, "github_stars": 0}),
        json!({"id": "plone.archived-1.0", "download_last_month": 90_000, "github_stars": 900,
               "github_archived": true}),
        json!({"id": "plone.inactive-1.0", "download_last_month": 5_000}),
        json!({"id": "plone.yanked-1.0", "download_last_month": 99_000}),
    ]);
    scene.run(&["health"]).exits(0);
    let ranked = scene.found(&[("sort_by", "search_rank:desc")]);
    assert_eq!(
        ranked,
        [
            "plone.used-1.0",
            "plone.dependent-1.0",
            "plone.unused-1.0",
            "plone.archived-1.0",
            "plone.inactive-1.0",
            "plone.yanked-1.0"
        ]
    );
    let again = scene.run(&["health"]).exits(0);
    assert_eq!(again.number("documents.written"), 0);
}

/// A collection of an older program: scored as it is, and completed by the next run.
#[test]
fn an_older_collection_works_and_gets_the_fields_by_one_change() {
    let Some(scene) = Scene::new() else { return };
    let target = &scene.world.target;
    let mut older = NewCollection::named(target);
    older
        .fields
        .retain(|field| !ADDED.contains(&field.name.as_str()));
    let documents: Vec<Value> = [("plone.base", ""), ("plone.a", "plone.base>=1")]
        .map(|(name, requirement)| older_document(name, requirement))
        .to_vec();
    let lines = documents.iter().map(|one| one.to_string().into()).collect();
    let search = scene.world.search();
    wait(async {
        search
            .create_collection(&older)
            .await
            .expect("a collection");
        let outcomes = search.import(target, ImportAction::Create, lines).await;
        assert_eq!(outcomes.expect("an import"), vec![LineOutcome::Accepted; 2]);
    });

    scene.run(&["health"]).exits(0);
    let expected = counts(&[("plone.a-1.0", 0), ("plone.base-1.0", 1)]);
    assert_eq!(scene.dependents(), expected);
    let found = scene.world.run(&["search", "-t", target, "base"]).exits(0);
    assert!(found.stdout.contains("plone.base"), "{}", found.stdout);

    scene.publish("plone.base", "1.0", &[]);
    scene.publish("plone.a", "1.0", &["plone.base>=1"]);
    scene.gate.open();
    scene.run(&["pypi", "-i", "-p", "plone"]).exits(0);
    let changes = scene.gate.changes();
    let patches = changes.iter().filter(|line| line.starts_with("PATCH "));
    assert_eq!(patches.count(), 1, "{changes:?}");
    let declared = wait(search.fetch_collection(target));
    let declared = declared.expect("an answer").expect("the collection");
    for name in ADDED {
        let field = declared.fields.iter().find(|field| field.name == name);
        assert!(field.is_some_and(|field| field.optional), "{name}");
    }
    // What the health run has written before is kept, and can be sorted by and counted now.
    let sorted = scene.found(&[("sort_by", "dependents:desc,search_rank:desc")]);
    assert_eq!(sorted, ["plone.base-1.0", "plone.a-1.0"]);
    let counted = scene.search(&[("facet_by", "health_band,requires_names,status")]);
    assert_eq!(counted["facet_counts"][0]["counts"][0]["count"], 2);
    assert_eq!(
        counted["facet_counts"][1]["counts"][0]["value"],
        "plone-base"
    );
}

fn older_document(name: &str, requirement: &str) -> Value {
    let requirements = [requirement].into_iter().filter(|one| !one.is_empty());
    let mut document = serde_json::to_value(Document {
        id: format!("{name}-1.0"),
        identifier: format!("{name}-1.0"),
        name: name.to_owned(),
        name_sortable: name.to_owned(),
        version: "1.0".to_owned(),
        registry: "pypi".to_owned(),
        is_latest: true,
        requires_dist: requirements.map(str::to_owned).collect(),
        ..Document::default()
    })
    .expect("a document");
    let fields = document.as_object_mut().expect("an object");
    fields.retain(|field, _| !ADDED.contains(&field.as_str()));
    document
}
