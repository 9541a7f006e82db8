//! A fake npm registry: packuments with tags, searches in pages, lists of organisations, and files.
//!
//! Events such as [`FakeNpm::publish`] and [`FakeNpm::deprecate`] change the revision of a package as
//! in the real registry. The search can be made to repeat, to skip, to lag and to promise too much
//! ([`FakeNpm::set_search`]), and so can the change feed under `/registry`
//! ([`FakeNpm::set_changes`]); faults of the service do the rest. Names in paths may be encoded or
//! not.

mod archive;
mod changes;
mod package;
mod search;

use std::collections::{BTreeMap, BTreeSet};

use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::service::{Fake, FakeService, ReceivedRequest, ServiceControls};
use changes::Changes;
use package::Package;

pub use archive::{archive, integrity_of};
pub use changes::FakeChanges;
pub use search::FakeSearch;

/// A running registry.
pub type FakeNpm = Fake<NpmPackages>;

/// What the registry holds.
#[derive(Debug, Default)]
pub struct NpmPackages {
    packages: BTreeMap<String, Package>,
    organisations: BTreeMap<String, BTreeSet<String>>,
    /// By path.
    files: BTreeMap<String, Bytes>,
    search: FakeSearch,
    changes: Changes,
    feed: FakeChanges,
    /// The values of `Authorization` in requests.
    tokens: BTreeSet<String>,
}

#[expect(
    clippy::missing_panics_doc,
    reason = "a package that a test names exists"
)]
impl FakeNpm {
    /// Adds a package from a packument.
    pub fn load(&self, document: &Value) {
        let package = Package::of_document(document);
        let name = document["name"].as_str().unwrap_or_default().to_owned();
        let mut state = self.state();
        state.changes.add(&name, &package.document["_rev"], false);
        state.packages.insert(name, package);
    }

    /// Publishes a version with these members of its manifest, and creates the package if it is
    /// missing. The tag `latest` moves to it, as it does without `--tag`.
    pub fn publish(&self, name: &str, version: &str, manifest: &Value) {
        self.publish_with_tag(name, version, "latest", manifest);
    }

    /// Publishes a version under a tag.
    pub fn publish_with_tag(&self, name: &str, version: &str, tag: &str, manifest: &Value) {
        let mut state = self.state();
        let NpmPackages {
            packages, changes, ..
        } = &mut *state;
        let package = packages
            .entry(name.to_owned())
            .or_insert_with(|| Package::new(name));
        package.publish(name, version, tag, manifest);
        changes.add(name, &package.document["_rev"], false);
    }

    /// Deletes a version, and leaves its time.
    pub fn unpublish_version(&self, name: &str, version: &str) {
        self.change(name, |package| package.unpublish_version(version));
    }

    /// Unpublishes a package: what is left says when.
    pub fn unpublish(&self, name: &str) {
        self.change(name, |package| package.unpublish(name));
    }

    /// Puts the security team's placeholder in the place of a package.
    pub fn hold(&self, name: &str) {
        self.change(name, |package| package.hold(name));
    }

    /// Removes a package without a trace: 404.
    pub fn remove(&self, name: &str) {
        let mut state = self.state();
        assert!(state.packages.remove(name).is_some(), "no {name}");
        state.changes.add(name, &Value::Null, true);
    }

    /// Deprecates a version; an empty text takes that back.
    pub fn deprecate(&self, name: &str, version: &str, text: &str) {
        self.change(name, |package| {
            package.document["versions"][version]["deprecated"] = text.into();
        });
    }

    /// Moves a tag.
    pub fn set_tag(&self, name: &str, tag: &str, version: &str) {
        self.change(name, |package| {
            package.document["dist-tags"][tag] = version.into();
        });
    }

    /// Sets the accounts that maintain a package.
    pub fn set_maintainers(&self, name: &str, accounts: &[&str]) {
        let maintainers: Vec<Value> = accounts
            .iter()
            .map(|account| json!({"name": account, "email": format!("{account}@example.org")}))
            .collect();
        self.change(name, |package| {
            package.document["maintainers"] = maintainers.into();
        });
    }

    /// Changes a packument in any way.
    pub fn edit(&self, name: &str, edit: impl FnOnce(&mut Value)) {
        self.change(name, |package| edit(&mut package.document));
    }

    /// Lists a package as one of an organisation.
    pub fn add_to_organisation(&self, organisation: &str, name: &str) {
        let mut state = self.state();
        let members = state
            .organisations
            .entry(organisation.to_owned())
            .or_default();
        members.insert(name.to_owned());
    }

    /// Takes a package off the list of an organisation.
    pub fn remove_from_organisation(&self, organisation: &str, name: &str) {
        let mut state = self.state();
        let members = state.organisations.get_mut(organisation);
        assert!(
            members.is_some_and(|members| members.remove(name)),
            "no {name}"
        );
    }

    /// Serves a file of a release, and writes its address and digest into the manifest.
    pub fn set_file(&self, name: &str, version: &str, file: Vec<u8>) {
        let last = name.rsplit('/').next().unwrap_or(name);
        let path = format!("/{name}/-/{last}-{version}.tgz");
        let (url, integrity) = (format!("{}{path}", self.base_url()), integrity_of(&file));
        self.change(name, |package| {
            let dist = &mut package.document["versions"][version]["dist"];
            dist["tarball"] = url.into();
            dist["integrity"] = integrity.into();
        });
        self.state().files.insert(path, file.into());
    }

    /// Sets how the search answers.
    pub fn set_search(&self, search: FakeSearch) {
        self.state().search = search;
    }

    /// Sets how the change feed answers.
    pub fn set_changes(&self, changes: FakeChanges) {
        self.state().feed = changes;
    }

    /// The names of all packages.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.state().packages.keys().cloned().collect()
    }

    /// The different values of `Authorization` in requests so far; empty texts for none.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        self.state().tokens.iter().cloned().collect()
    }

    #[track_caller]
    fn change(&self, name: &str, change: impl FnOnce(&mut Package)) {
        let mut state = self.state();
        let NpmPackages {
            packages, changes, ..
        } = &mut *state;
        let package = packages.get_mut(name);
        let package = package.unwrap_or_else(|| panic!("the fake registry has no {name}"));
        change(package);
        package.count_revision();
        changes.add(name, &package.document["_rev"], false);
    }
}

impl FakeService for NpmPackages {
    const NAME: &'static str = "fake-npm";

    fn respond(&mut self, _: &ServiceControls, request: &ReceivedRequest) -> Response {
        self.tokens
            .insert(request.header("authorization").to_owned());
        let path = decoded(&request.path);
        if path == "/-/v1/search" {
            return Json(self.search.answer(&self.packages, request)).into_response();
        }
        if let Some(rest) = path.strip_prefix("/-/org/") {
            let name = rest.strip_suffix("/package").unwrap_or_default();
            return match self.organisations.get(name) {
                Some(members) => {
                    let members = members.iter().map(|name| (name.clone(), "write".into()));
                    Json(Value::Object(members.collect())).into_response()
                }
                None => not_found(),
            };
        }
        match path.as_str() {
            "/registry" | "/registry/" => return Json(self.changes.root()).into_response(),
            "/registry/_changes" => {
                return match self.changes.answer(&self.feed, request) {
                    Some(page) => Json(page).into_response(),
                    None => StatusCode::BAD_REQUEST.into_response(),
                };
            }
            _ => {}
        }
        if let Some(file) = self.files.get(&path) {
            return file.clone().into_response();
        }
        match self.packages.get(path.trim_start_matches('/')) {
            Some(package) => package.respond(request.header("if-none-match")),
            None => not_found(),
        }
    }
}

struct Json(Value);

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        let kind = HeaderValue::from_static("application/json");
        ([(CONTENT_TYPE, kind)], self.0.to_string()).into_response()
    }
}

impl Package {
    fn respond(&self, known: &str) -> Response {
        let etag = self.etag();
        if known == etag {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        let mut response = Json(self.document.clone()).into_response();
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            response.headers_mut().insert(ETAG, etag);
        }
        response
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"error": "Not found"}))).into_response()
}

/// Decodes a percent-encoded path.
fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .into_owned()
}
