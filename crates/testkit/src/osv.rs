//! A fake OSV: `POST /v1/querybatch`, which returns ids in pages, and `GET /v1/vulns/<id>`.
//!
//! A query has an ecosystem, a project and a version; it finds the entries with all three that are
//! not withdrawn. A withdrawn entry can still be read by its id.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::pypi::normalize;
use crate::service::{Fake, FakeService, ReceivedRequest, ServiceControls};

/// The maximum number of queries in a request.
const MAX_QUERIES: usize = 1_000;

/// An entry of the database, about one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FakeVulnerability {
    /// Such as `PYSEC-2025-1` or `GHSA-xxxx-xxxx-xxxx`.
    pub id: String,
    /// Its other ids, such as `CVE-2025-1234`.
    pub aliases: Vec<String>,
    /// `PyPI` or `npm`.
    pub ecosystem: String,
    /// The name of the project: for `PyPI` in any spelling, for npm as it is written.
    pub project: String,
    /// The affected versions.
    pub versions: Vec<String>,
    /// The fixed version, if there is one.
    pub fixed: Option<String>,
    /// Such as `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H`.
    pub cvss: Option<String>,
    /// RFC 3339.
    pub modified: String,
    /// RFC 3339, if it was withdrawn.
    pub withdrawn: Option<String>,
}

/// A running OSV.
pub type FakeOsv = Fake<OsvEntries>;

/// What the database holds.
#[derive(Debug, Default)]
pub struct OsvEntries {
    by_id: BTreeMap<String, FakeVulnerability>,
    /// Ids per page; 0 for all.
    page: usize,
}

impl FakeOsv {
    /// Adds an entry, or replaces the one with the same id.
    pub fn set(&self, entry: FakeVulnerability) {
        self.state().by_id.insert(entry.id.clone(), entry);
    }

    /// Sets the number of ids per page; 0 for all.
    pub fn set_page(&self, ids: usize) {
        self.state().page = ids;
    }
}

impl FakeService for OsvEntries {
    const NAME: &'static str = "fake-osv";

    fn respond(&mut self, _: &ServiceControls, request: &ReceivedRequest) -> Response {
        if request.path == "/v1/querybatch" {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let Some(queries) = body["queries"].as_array() else {
                return error_response(400, 3, "Invalid query.");
            };
            if queries.len() > MAX_QUERIES {
                return error_response(400, 3, "Too many queries.");
            }
            let results: Vec<Value> = queries.iter().map(|query| self.find(query)).collect();
            return json_response(200, &json!({ "results": results }));
        }
        let id = request.path.strip_prefix("/v1/vulns/").unwrap_or_default();
        match self.by_id.get(id) {
            Some(entry) => json_response(200, &entry.document()),
            None => error_response(404, 5, "Bug not found."),
        }
    }
}

impl OsvEntries {
    fn find(&self, query: &Value) -> Value {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let ecosystem = text(&query["package"]["ecosystem"]);
        let project = as_compared(&ecosystem, &text(&query["package"]["name"]));
        let version = text(&query["version"]);
        let first: usize = text(&query["page_token"]).parse().unwrap_or(0);
        let all: Vec<&FakeVulnerability> = self
            .by_id
            .values()
            .filter(|one| one.withdrawn.is_none() && one.ecosystem == ecosystem)
            .filter(|one| as_compared(&one.ecosystem, &one.project) == project)
            .filter(|one| version.is_empty() || one.concerns(&version))
            .collect();
        if all.is_empty() {
            return json!({});
        }
        let page = if self.page == 0 { all.len() } else { self.page };
        let shown: Vec<Value> = all
            .iter()
            .skip(first)
            .take(page)
            .map(|one| json!({ "id": one.id, "modified": one.modified }))
            .collect();
        let mut result = json!({ "vulns": shown });
        if first + page < all.len() {
            result["next_page_token"] = (first + page).to_string().into();
        }
        result
    }
}

/// A name as an ecosystem compares names.
fn as_compared(ecosystem: &str, name: &str) -> String {
    match ecosystem {
        "npm" => name.to_owned(),
        _ => normalize(name),
    }
}

impl FakeVulnerability {
    /// Whether a version is listed; without any, all are concerned that the range does not exclude,
    /// which a client has to find out by itself.
    fn concerns(&self, version: &String) -> bool {
        self.versions.is_empty() || self.versions.contains(version)
    }

    fn document(&self) -> Value {
        let mut events = vec![json!({ "introduced": "0" })];
        events.extend(self.fixed.as_ref().map(|fixed| json!({ "fixed": fixed })));
        // Of npm's, the database has ranges alone, or versions alone.
        let ranges = match self.ecosystem.as_str() {
            "npm" if !self.versions.is_empty() => json!([]),
            "npm" => json!([{ "type": "SEMVER", "events": events }]),
            _ => json!([{ "type": "ECOSYSTEM", "events": events }]),
        };
        let mut document = json!({
            "schema_version": "1.7.0",
            "id": self.id,
            "aliases": self.aliases,
            "modified": self.modified,
            "published": self.modified,
            "summary": format!("Something is wrong with {}", self.project),
            "affected": [{
                "package": {
                    "ecosystem": self.ecosystem,
                    "name": as_compared(&self.ecosystem, &self.project),
                },
                "ranges": ranges,
                "versions": self.versions,
            }],
            "references": [{ "type": "WEB", "url": "https://example.org/advisory" }],
        });
        if let Some(cvss) = &self.cvss {
            document["severity"] = json!([{ "type": "CVSS_V3", "score": cvss }]);
        }
        if let Some(withdrawn) = &self.withdrawn {
            document["withdrawn"] = withdrawn.as_str().into();
        }
        document
    }
}

fn json_response(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    let content_type = [("content-type", "application/json")];
    (status, content_type, body.to_string()).into_response()
}

fn error_response(status: u16, code: u8, message: &str) -> Response {
    json_response(status, &json!({ "code": code, "message": message }))
}
