//! The queries of the peer's front end, as it sends them, through a search-only key, and what its
//! pages would show of the answers.

use serde_json::{Value, json};

use crate::support::{World, wait};

const SORT: &str = "_text_match:desc,name_sortable:asc,version_sortable:desc";
const FACETS: &str = "framework_versions,python_versions";

struct FrontEnd {
    world: World,
    key: String,
    collection: String,
}

impl FrontEnd {
    /// The collection as the guide makes it, under the name that the front end insists on.
    fn new() -> Option<Self> {
        let world = World::recorded()?;
        world.pypi(&["-f", "-p", "plone"]).exits(0);
        // Unique on the shared server, in place of the one name `packages`.
        let collection = world.typesense.unique_name("packages");
        let words = [
            "manage",
            "--add-alias",
            "-s",
            &collection,
            "-t",
            &world.target,
        ];
        world.run(&words).exits(0);
        let words = [
            "manage",
            "--add-search-only-apikey",
            "-t",
            &collection,
            "--format",
            "json",
        ];
        let made = world.run(&words).exits(0).report;
        Some(Self {
            key: made["value"].as_str().expect("a value").to_owned(),
            world,
            collection,
        })
    }

    fn send(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.world.typesense.url());
        wait(async {
            #[expect(clippy::disallowed_methods, reason = "a browser in the test")]
            let request = reqwest::Client::new()
                .request(method, url)
                .header("x-typesense-api-key", &self.key)
                .header("content-type", "text/plain");
            let request = if body.is_null() {
                request
            } else {
                request.body(body.to_string())
            };
            let answer = request.send().await.expect("an answer");
            assert!(answer.status().is_success(), "{}", answer.status());
            let text = answer.text().await.expect("a body");
            serde_json::from_str(&text).expect("JSON")
        })
    }

    /// The list: one request with as many searches as are given.
    fn list(&self, searches: &[Value]) -> Vec<Value> {
        let path = format!(
            "/multi_search?collection={}&exclude_fields=description&group_by=name_sortable&\
             group_limit=1&per_page=100&query_by=name,keywords,summary,description&sort_by={SORT}&\
             facet_by={FACETS}",
            self.collection
        );
        let mut answer = self.send(
            reqwest::Method::POST,
            &path,
            &json!({ "searches": searches }),
        );
        answer["results"]
            .as_array_mut()
            .map(std::mem::take)
            .expect("results")
    }

    /// The page of a package.
    fn page(&self, name: &str) -> Vec<Value> {
        let path = format!(
            "/collections/{}/documents/search?q={name}&query_by=name&\
             sort_by=version_sortable:desc",
            self.collection
        );
        let mut answer = self.send(reqwest::Method::GET, &path, &Value::Null);
        let hits = answer["hits"]
            .as_array_mut()
            .map(std::mem::take)
            .expect("hits");
        hits.into_iter()
            .map(|hit| hit["document"].clone())
            .collect()
    }
}

/// The first document of each group: what the list shows.
fn shown(result: &Value) -> Vec<Value> {
    result["grouped_hits"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| group["hits"][0]["document"].clone())
        .collect()
}

fn text<'a>(document: &'a Value, field: &str) -> &'a str {
    document[field].as_str().unwrap_or_default()
}

#[test]
fn its_pages_show_what_they_should() {
    let Some(front_end) = FrontEnd::new() else {
        return;
    };
    the_list_shows_each_package_once_with_its_newest_release(&front_end);
    versions_and_types_filter_and_the_counts_stay(&front_end);
    the_page_shows_the_newest_release_and_its_readme(&front_end);
}

fn the_list_shows_each_package_once_with_its_newest_release(front_end: &FrontEnd) {
    let all = front_end.list(&[json!({"q": "*"})]);
    let documents = shown(&all[0]);
    let names: Vec<&str> = documents
        .iter()
        .map(|document| text(document, "name"))
        .collect();
    let mut sorted = names.clone();
    sorted.sort_by_key(|name| name.to_lowercase());
    assert_eq!(names, sorted);
    assert_eq!(all[0]["found"], names.len());
    assert!(
        names.contains(&"plone.restapi") && names.contains(&"Products.CMFPlone"),
        "{names:?}"
    );
    let latest = front_end.world.documents();
    for document in &documents {
        // What its list prints of a package.
        for field in ["name", "version", "summary"] {
            assert!(!text(document, field).is_empty(), "{field} of {document}");
        }
        assert!(document["upload_timestamp"].is_i64(), "{document}");
        assert!(document["classifiers"].is_array() && document["keywords"].is_array());
        assert!(document.get("description").is_none());
        // Its order puts the highest version first, which is the latest unless that is a
        // pre-release.
        let newest = latest
            .values()
            .filter(|other| other["name"] == document["name"])
            .max_by_key(|other| other["version_sortable"].as_str().map(str::to_owned))
            .expect("a release");
        assert_eq!(document["version_sortable"], newest["version_sortable"]);
    }

    let facets = all[0]["facet_counts"].as_array().expect("facets");
    let names: Vec<&str> = facets
        .iter()
        .map(|facet| text(facet, "field_name"))
        .collect();
    assert_eq!(names, ["framework_versions", "python_versions"]);
    let versions = facets[0]["counts"].as_array().expect("counts");
    assert!(
        versions.iter().any(|one| text(one, "value") == "Plone 6.0"),
        "{versions:?}"
    );

    let rest = front_end.list(&[json!({"q": "rest"})]);
    let found = shown(&rest[0]);
    assert_eq!(found[0]["name"], "plone.restapi");
}

fn versions_and_types_filter_and_the_counts_stay(front_end: &FrontEnd) {
    let filter = "framework_versions:=['Plone 6.0','Plone 5.2'] && \
                  classifiers:=['Framework :: Plone']";
    let results = front_end.list(&[json!({"q": "*", "filter_by": filter}), json!({"q": "*"})]);
    let filtered = shown(&results[0]);
    assert!(!filtered.is_empty());
    for document in &filtered {
        let versions = document["framework_versions"].as_array().expect("versions");
        assert!(
            versions
                .iter()
                .any(|one| one == "Plone 6.0" || one == "Plone 5.2"),
            "{document}"
        );
    }
    let count = |result: &Value| {
        result["facet_counts"][0]["counts"]
            .as_array()
            .map_or(0, Vec::len)
    };
    assert!(count(&results[1]) >= count(&results[0]));
    let narrow = "framework_versions:=['Plone 6.0'] && \
                  classifiers:=['Framework :: Plone :: Distribution']";
    let results = front_end.list(&[json!({"q": "*", "filter_by": narrow})]);
    for document in shown(&results[0]) {
        let classifiers = document["classifiers"].as_array().expect("a list");
        assert!(
            classifiers
                .iter()
                .any(|one| one == "Framework :: Plone :: Distribution")
        );
    }
}

fn the_page_shows_the_newest_release_and_its_readme(front_end: &FrontEnd) {
    let releases = front_end.page("plone.restapi");
    assert_eq!(releases.len(), 10, "its page asks for no more");
    let first = &releases[0];
    assert_eq!(first["name"], "plone.restapi");
    let description = text(first, "description");
    assert!(
        description.contains("<p") && !description.contains("<script"),
        "{description}"
    );
    for release in &releases {
        assert!(!text(release, "version").is_empty());
        assert!(release["framework_versions"].is_array() && release["python_versions"].is_array());
    }
    let order: Vec<&str> = releases
        .iter()
        .map(|release| text(release, "version_sortable"))
        .collect();
    assert!(order.is_sorted_by(|one, other| one >= other), "{order:?}");
}
