//! `GET /simple/NAME/`: status, versions and files of a project.
//!
//! The one place that tells a withheld project from one that does not exist, and the list of
//! releases once the project document carries none.

use serde::Deserialize;
use serde_json::Value;

use super::project::ReleaseSummary;
use super::release::fingerprint;
use super::{DOCUMENT_LIMIT, PyPi, RegistryError, SIMPLE_JSON, unreadable};
use crate::model::{ProjectName, ReleaseFile, Version};

/// Whether the registry serves the project (PEP 792).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectStatus {
    /// Also stands for an absent or unknown status.
    Active,
    /// No further releases are to be expected; served as before.
    Archived,
    /// Withheld for the time being; it may come back.
    Quarantined,
}

/// The Simple API's answer for one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleDetail {
    /// The serial of the answer.
    pub serial: u64,
    /// Whether the registry serves the project.
    pub status: ProjectStatus,
    /// The releases that the answer lists, in its order, those without files too.
    pub releases: Vec<ReleaseSummary>,
}

impl PyPi {
    /// Status and files of a project, at no older serial than `wanted`; 0 wants any.
    ///
    /// # Errors
    ///
    /// [`RegistryError`]; `NotFound` where the index has no such project.
    pub async fn simple_detail(
        &self,
        name: &ProjectName,
        wanted: u64,
    ) -> Result<SimpleDetail, RegistryError> {
        let what = format!("project `{name}` in the index");
        self.until_fresh(
            wanted,
            |detail: &SimpleDetail| detail.serial,
            &what,
            || async {
                let url = self.url(&["simple", name.as_str()], true);
                let body = self
                    .get(
                        url,
                        &what,
                        "simple_detail",
                        Some(SIMPLE_JSON),
                        DOCUMENT_LIMIT,
                    )
                    .await?;
                parse(&body, name).map_err(|why| unreadable(&what, why))
            },
        )
        .await
    }
}

#[derive(Deserialize)]
struct Answer {
    meta: Meta,
    name: String,
    #[serde(rename = "project-status", default)]
    status: Option<Status>,
    versions: Option<Vec<String>>,
    #[serde(default)]
    files: Vec<ReleaseFile>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "_last-serial", default)]
    serial: u64,
}

#[derive(Deserialize)]
struct Status {
    status: String,
}

fn parse(body: &[u8], name: &ProjectName) -> Result<SimpleDetail, String> {
    let answer: Answer = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if ProjectName::new(&answer.name) != *name {
        return Err(format!("it is about the project `{}`", answer.name));
    }
    let status = match answer.status.as_ref().map(|status| status.status.as_str()) {
        Some("quarantined") => ProjectStatus::Quarantined,
        Some("archived") => ProjectStatus::Archived,
        _ => ProjectStatus::Active,
    };
    let versions = match answer.versions {
        Some(versions) => versions,
        None if answer.files.is_empty() => Vec::new(),
        None => return Err("it lists files and no versions".to_owned()),
    };
    Ok(SimpleDetail {
        serial: answer.meta.serial,
        status,
        releases: releases(name, &versions, answer.files),
    })
}

/// Sorts files to their versions by their names.
fn releases(
    name: &ProjectName,
    versions: &[String],
    files: Vec<ReleaseFile>,
) -> Vec<ReleaseSummary> {
    let keys: Vec<String> = versions
        .iter()
        .map(|version| version_key(version))
        .collect();
    let mut grouped: Vec<Vec<ReleaseFile>> = versions.iter().map(|_| Vec::new()).collect();
    for file in files {
        let filename = file
            .get("filename")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let candidates = version_texts(name, filename);
        let position = candidates
            .iter()
            .find_map(|candidate| keys.iter().position(|key| key == candidate));
        if let Some(group) = position.and_then(|position| grouped.get_mut(position)) {
            group.push(file);
        }
    }
    versions
        .iter()
        .zip(grouped)
        .map(|(version, files)| ReleaseSummary {
            version: version.clone(),
            fingerprint: fingerprint(&files),
        })
        .collect()
}

/// What may be the version in a file's name, the longest first, as keys.
///
/// A wheel ends its version at the next dash; the version of a source archive may hold dashes.
fn version_texts(name: &ProjectName, filename: &str) -> Vec<String> {
    const ENDINGS: [&str; 9] = [
        ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tar.Z", ".zip", ".whl", ".egg", ".exe",
    ];
    let stem = ENDINGS
        .iter()
        .find_map(|ending| filename.strip_suffix(ending))
        .unwrap_or(filename);
    let mut texts = Vec::new();
    for (position, _) in stem.match_indices('-') {
        let (front, back) = stem.split_at(position);
        if ProjectName::new(front) != *name {
            continue;
        }
        let rest = &back[1..];
        texts.push(version_key(rest));
        for (end, _) in rest.rmatch_indices('-') {
            texts.push(version_key(&rest[..end]));
        }
    }
    texts
}

/// One form for the spellings of a version in file names.
fn version_key(version: &str) -> String {
    match Version::parse(version) {
        Some(version) => version.to_string(),
        None => version.to_lowercase().replace(['_', '-'], "."),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use serde_json::json;

    use super::{ProjectStatus, parse};
    use crate::model::ProjectName;
    use crate::registry::pypi::release::fingerprint;

    #[test]
    fn files_find_their_versions() {
        let name = ProjectName::new("plone.api");
        let wheel =
            json!({"filename": "plone_api-1.0-py3-none-any.whl", "hashes": {"sha256": "1"}});
        let archive = json!({"filename": "plone.api-1.0.tar.gz", "hashes": {"sha256": "2"}});
        let candidate = json!({"filename": "plone.api-1.0rc1.zip", "hashes": {"sha256": "3"}});
        let body = json!({
            "meta": {"_last-serial": 5}, "name": "plone-api", "versions": ["1.0rc1", "1.0"],
            "project-status": {"status": "archived"}, "files": [wheel, archive, candidate],
        });
        let detail = parse(body.to_string().as_bytes(), &name).unwrap();
        assert_eq!((detail.serial, detail.status), (5, ProjectStatus::Archived));
        let expected = serde_json::from_value::<Vec<_>>(json!([wheel, archive])).unwrap();
        assert_eq!(detail.releases[1].fingerprint, fingerprint(&expected));
        let expected = serde_json::from_value::<Vec<_>>(json!([candidate])).unwrap();
        assert_eq!(detail.releases[0].fingerprint, fingerprint(&expected));
    }
}
