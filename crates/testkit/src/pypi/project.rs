//! A project of the fake registry, its releases, and their documents.
//!
//! Documents are generated once and kept until the project changes, so that the fake takes little
//! time compared with the program under test.

use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use pep440_rs::Version;
use serde_json::{Map, Value, json};

use super::page::Page;
use super::release_spec::ReleaseSpec;

/// The status of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Status {
    #[default]
    Active,
    Archived,
    Quarantined,
}

#[derive(Debug)]
pub(super) struct Project {
    /// The display name.
    pub(super) name: String,
    /// The serial of its last change.
    pub(super) serial: u64,
    pub(super) status: Status,
    pub(super) ownership: Value,
    pub(super) releases: Vec<Release>,
    document: OnceLock<Option<Page>>,
    detail: OnceLock<Page>,
}

#[derive(Debug)]
pub(super) struct Release {
    pub(super) version: String,
    order: Option<Version>,
    /// The metadata, which all releases of a recorded project share.
    info: Arc<Map<String, Value>>,
    /// Overrides of the metadata, including keys that the registry derives.
    overrides: Map<String, Value>,
    omitted_keys: Vec<String>,
    /// Where the description is truncated, in bytes.
    description_end: Option<usize>,
    pub(super) files: Vec<Value>,
    pub(super) vulnerabilities: Vec<Value>,
    yanked: Option<String>,
    document: OnceLock<Page>,
}

impl Project {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            serial: 0,
            status: Status::Active,
            ownership: json!({"organization": null, "roles": [{"role": "Owner", "user": "owner"}]}),
            releases: Vec::new(),
            document: OnceLock::new(),
            detail: OnceLock::new(),
        }
    }

    /// A project from a project document. Older releases get the metadata of the release in the
    /// document, each with a description truncated at a different place.
    pub(super) fn from_document(document: &Value) -> Self {
        let info = document["info"].as_object().cloned().unwrap_or_default();
        let mut project = Self::new(info.get("name").and_then(Value::as_str).unwrap_or_default());
        project.serial = document["last_serial"].as_u64().unwrap_or(1);
        if document["ownership"].is_object() {
            project.ownership = document["ownership"].clone();
        }
        let current_version = info
            .get("version")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let description = info
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let mut ends = truncation_points(description);
        let shared_info = Arc::new(info.clone());
        let mut releases: Vec<Release> = document["releases"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(version, files)| Release::recorded(version, files, &shared_info))
            .collect();
        releases.sort_by(|one, other| other.order.cmp(&one.order));
        let count = releases.len();
        for release in &mut releases {
            if release.version == current_version {
                release.vulnerabilities = document["vulnerabilities"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
            } else {
                release.description_end = ends.next(count);
            }
        }
        releases.reverse();
        project.releases = releases;
        project
    }

    /// The release that the registry calls latest: not yanked before yanked, stable before
    /// pre-release, versions outside PEP 440 last, then the highest.
    pub(super) fn latest(&self) -> Option<&Release> {
        self.releases.iter().max_by_key(|release| {
            let stability = match &release.order {
                Some(version) if version.any_prerelease() => 1,
                Some(_) => 2,
                None => 0,
            };
            (release.yanked.is_none(), stability, release.order.clone())
        })
    }

    pub(super) fn release(&self, version: &str) -> Option<&Release> {
        let exact = self
            .releases
            .iter()
            .find(|release| release.version == version);
        exact.or_else(|| {
            let wanted = Version::from_str(version).ok()?;
            self.releases
                .iter()
                .find(|release| release.order.as_ref() == Some(&wanted))
        })
    }

    pub(super) fn release_mut(&mut self, version: &str) -> Option<&mut Release> {
        self.releases
            .iter_mut()
            .find(|release| release.version == version)
    }

    /// Discards the generated documents after a change.
    pub(super) fn discard_documents(&mut self) {
        self.document = OnceLock::new();
        self.detail = OnceLock::new();
        for release in &mut self.releases {
            release.document = OnceLock::new();
        }
    }

    /// The project document; `None` if the registry responds with 404.
    pub(super) fn document(&self) -> Option<Page> {
        let generate = || {
            let latest = self
                .latest()
                .filter(|_| self.status != Status::Quarantined)?;
            let mut document = self.common_document(latest);
            let releases: Map<String, Value> = self
                .releases
                .iter()
                .map(|release| (release.version.clone(), Value::from(release.files.clone())))
                .collect();
            document["releases"] = Value::from(releases);
            Some(Page::json(&document, self.serial))
        };
        self.document.get_or_init(generate).clone()
    }

    /// The document of a release; `None` if the registry responds with 404.
    pub(super) fn release_document(&self, version: &str) -> Option<Page> {
        let release = self
            .release(version)
            .filter(|_| self.status != Status::Quarantined)?;
        let generate = || Page::json(&self.common_document(release), self.serial);
        Some(release.document.get_or_init(generate).clone())
    }

    /// The project page of the Simple API.
    pub(super) fn detail(&self, normalized: &str) -> Page {
        let generate = || {
            let (status, releases) = match self.status {
                Status::Active => ("active", self.releases.as_slice()),
                Status::Archived => ("archived", self.releases.as_slice()),
                Status::Quarantined => ("quarantined", [].as_slice()),
            };
            let mut with_files: Vec<&Release> = releases
                .iter()
                .filter(|release| !release.files.is_empty())
                .collect();
            with_files.sort_by_key(|release| release.order.clone());
            let versions: Vec<&str> = with_files
                .iter()
                .map(|release| release.version.as_str())
                .collect();
            let files: Vec<Value> = with_files
                .iter()
                .flat_map(|release| &release.files)
                .map(simple_file)
                .collect();
            let document = json!({
                "meta": {"_last-serial": self.serial, "api-version": "1.4"},
                "name": normalized,
                "project-status": {"status": status},
                "versions": versions,
                "files": files,
            });
            Page::simple_json(&document, self.serial)
        };
        self.detail.get_or_init(generate).clone()
    }

    fn common_document(&self, release: &Release) -> Value {
        json!({
            "info": release.info(&self.name),
            "last_serial": self.serial,
            "ownership": self.ownership,
            "urls": release.files,
            "vulnerabilities": release.vulnerabilities,
        })
    }
}

impl Release {
    pub(super) fn published(name: &str, version: &str, spec: &ReleaseSpec, serial: u64) -> Self {
        let address = format!("https://registry.example/project/{name}/");
        let Value::Object(defaults) = default_info(&address) else {
            unreachable!()
        };
        let mut release = Self::recorded(version, &Value::Null, &Arc::new(defaults));
        release.overrides.clone_from(&spec.info);
        release.omitted_keys.clone_from(&spec.omitted_keys);
        release.files = spec.files_for(name, version, serial);
        release
    }

    fn recorded(version: &str, files: &Value, info: &Arc<Map<String, Value>>) -> Self {
        let files = files.as_array().cloned().unwrap_or_default();
        let is_yanked = !files.is_empty() && files.iter().all(|file| file["yanked"] == true);
        let reason = files.iter().find_map(|file| file["yanked_reason"].as_str());
        Self {
            version: version.to_owned(),
            order: Version::from_str(version).ok(),
            info: info.clone(),
            overrides: Map::new(),
            omitted_keys: Vec::new(),
            description_end: None,
            yanked: is_yanked.then(|| reason.unwrap_or_default().to_owned()),
            files,
            vulnerabilities: Vec::new(),
            document: OnceLock::new(),
        }
    }

    /// The same metadata for another version, with a new file.
    pub(super) fn successor(&self, name: &str, version: &str, serial: u64) -> Self {
        let mut release = Self::recorded(version, &Value::Null, &self.info);
        release.overrides.clone_from(&self.overrides);
        release.omitted_keys.clone_from(&self.omitted_keys);
        let description = self.text("description");
        let changed = format!("{description}\n\nChanged at serial {serial}.\n");
        release
            .overrides
            .insert("description".to_owned(), changed.into());
        release.files = ReleaseSpec::new().files_for(name, version, serial);
        release
    }

    pub(super) fn yank(&mut self, reason: Option<&str>) {
        self.yanked = reason.map(str::to_owned);
        for file in &mut self.files {
            file["yanked"] = reason.is_some().into();
            file["yanked_reason"] = reason.filter(|reason| !reason.is_empty()).into();
        }
    }

    /// The major number of the version.
    pub(super) fn major(&self) -> u64 {
        self.order
            .as_ref()
            .and_then(|version| version.release().first().copied())
            .unwrap_or(0)
    }

    pub(super) fn has_classifiers(&self, wanted: &[String]) -> bool {
        let classifiers = self.value("classifiers").and_then(Value::as_array);
        classifiers.is_some_and(|classifiers| {
            wanted
                .iter()
                .all(|wanted| classifiers.iter().any(|one| one.as_str() == Some(wanted)))
        })
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.overrides.get(key).or_else(|| self.info.get(key))
    }

    fn text(&self, key: &str) -> &str {
        self.value(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn info(&self, name: &str) -> Map<String, Value> {
        let mut info = (*self.info).clone();
        if let (Some(end), Some(Value::String(text))) =
            (self.description_end, info.get_mut("description"))
        {
            text.truncate(end);
        }
        let address = format!("{}{}/", self.text("project_url"), self.version);
        for (key, value) in [
            ("name", Value::from(name)),
            ("version", Value::from(self.version.as_str())),
            ("release_url", Value::from(address)),
            ("yanked", Value::from(self.yanked.is_some())),
            (
                "yanked_reason",
                Value::from(self.yanked.clone().filter(|text| !text.is_empty())),
            ),
        ] {
            info.insert(key.to_owned(), value);
        }
        let from_file = self.files.first().map(|file| &file["requires_python"]);
        if let Some(requires_python) = from_file.filter(|value| value.is_string()) {
            info.insert("requires_python".to_owned(), requires_python.clone());
        }
        info.extend(self.overrides.clone());
        for key in &self.omitted_keys {
            info.remove(key);
        }
        info
    }
}

/// Places to truncate a text: each after a letter or digit and before the previous one.
struct TruncationPoints<'a> {
    text: &'a str,
    end: usize,
}

fn truncation_points(text: &str) -> TruncationPoints<'_> {
    TruncationPoints {
        text,
        end: text.len(),
    }
}

impl TruncationPoints<'_> {
    /// The next place. `count` of them leave at least half of a long text.
    fn next(&mut self, count: usize) -> Option<usize> {
        let step = (self.text.len() / 2 / count.max(1)).max(1);
        let limit = self.text.floor_char_boundary(self.end.saturating_sub(step));
        let kept = self.text.get(..limit)?;
        let (at, last) = kept
            .char_indices()
            .rev()
            .find(|(_, one)| one.is_alphanumeric())?;
        let end = at + last.len_utf8();
        self.end = end;
        Some(end)
    }
}

/// The keys of `info` with the values of a release without metadata.
fn default_info(address: &str) -> Value {
    json!({
        "author": null, "author_email": null, "bugtrack_url": null, "classifiers": [],
        "description": "", "description_content_type": null, "docs_url": null,
        "download_url": null, "downloads": {"last_day": -1, "last_month": -1, "last_week": -1},
        "dynamic": null, "home_page": null, "keywords": null, "license": null,
        "license_expression": null, "license_files": null, "maintainer": null,
        "maintainer_email": null, "name": null, "package_url": address, "platform": null,
        "project_url": address, "project_urls": null, "provides_extra": null,
        "release_url": null, "requires_dist": null, "requires_python": null, "summary": null,
        "version": null, "yanked": false, "yanked_reason": null,
    })
}

fn simple_file(file: &Value) -> Value {
    let yanked = match (&file["yanked"], &file["yanked_reason"]) {
        (Value::Bool(true), Value::String(reason)) => Value::from(reason.as_str()),
        (yanked, _) => yanked.clone(),
    };
    json!({
        "filename": file["filename"],
        "url": file["url"],
        "hashes": {"sha256": file["digests"]["sha256"]},
        "requires-python": file["requires_python"],
        "size": file["size"],
        "upload-time": file["upload_time_iso_8601"],
        "yanked": yanked,
        "data-dist-info-metadata": file["core-metadata"],
        "core-metadata": file["core-metadata"],
        "provenance": null,
    })
}
