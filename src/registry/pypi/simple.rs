//! `GET /simple/NAME/`: status, versions and files of a project.
//!
//! The one place that tells a withheld project from one that does not exist, and the list of
//! releases once the project document carries none.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::answer_error::PypiAnswerError;
use super::files::{self, FilePart};
use super::project::MOST_RELEASES;
use super::release::{check_project, is_version};
use super::{DOCUMENT_LIMIT, PyPi, SIMPLE_JSON};
use crate::model::{ProjectName, Serial, Version};
use crate::registry::error::RegistryError;
use crate::registry::project::{ProjectStatus, ReleaseSummary};

/// Bytes of a file's name: what file systems take.
const LONGEST_FILE_NAME: usize = 255;

/// The Simple API's answer for one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SimplePage {
    /// The serial of the answer.
    pub serial: Option<Serial>,
    /// What the registry says of the project.
    pub status: ProjectStatus,
    /// The releases that the answer lists, in its order, those without files too.
    pub releases: Vec<ReleaseSummary>,
}

impl PyPi {
    /// Status and files of a project, at no older serial than `announced`; `NotFound` where the
    /// index has no such project.
    pub(super) async fn request_simple_page(
        &self,
        name: &ProjectName,
        announced: Option<Serial>,
    ) -> Result<SimplePage, RegistryError> {
        let what = format!("project `{name}` in the index");
        self.until_fresh(
            announced,
            |page: &SimplePage| page.serial,
            &what,
            || async {
                let url = self.url_of(&["simple", name.as_str()], true);
                let body = self
                    .get(
                        url,
                        &what,
                        "simple_detail",
                        Some(SIMPLE_JSON),
                        DOCUMENT_LIMIT,
                    )
                    .await?;
                parse(&body, name).map_err(|why| RegistryError::unreadable(&what, why))
            },
        )
        .await
    }
}

#[derive(Deserialize)]
struct SimpleAnswer<'a> {
    meta: Meta,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(rename = "project-status", default)]
    status: Option<Status>,
    #[serde(default, deserialize_with = "versions")]
    versions: Option<Vec<String>>,
    #[serde(default, deserialize_with = "files::parts")]
    files: Vec<FilePart>,
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

/// A list of versions, not longer than a project's can be.
fn versions<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Vec<String>>, D::Error> {
    struct Versions;

    impl<'de> Visitor<'de> for Versions {
        type Value = Option<Vec<String>>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list of versions")
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut versions = Vec::new();
            while let Some(version) = members.next_element()? {
                versions.push(version);
                if versions.len() > MOST_RELEASES {
                    let error = format!("it lists more than {MOST_RELEASES} versions");
                    return Err(A::Error::custom(error));
                }
            }
            Ok(Some(versions))
        }
    }

    source.deserialize_any(Versions)
}

fn parse(body: &[u8], name: &ProjectName) -> Result<SimplePage, PypiAnswerError> {
    let answer: SimpleAnswer<'_> = serde_json::from_slice(body)?;
    check_project(&answer.name, name)?;
    let status = match answer.status.as_ref().map(|status| status.status.as_str()) {
        Some("quarantined") => ProjectStatus::Quarantined,
        Some("archived") => ProjectStatus::Archived,
        Some("deprecated") => ProjectStatus::Deprecated,
        _ => ProjectStatus::Active,
    };
    let versions = match answer.versions {
        Some(versions) => versions,
        None if answer.files.is_empty() => Vec::new(),
        None => return Err(PypiAnswerError::FilesWithoutVersions),
    };
    Ok(SimplePage {
        serial: Serial::new(answer.meta.serial),
        status,
        releases: releases(name, versions, answer.files),
    })
}

/// Sorts files to their versions by their names.
fn releases(
    name: &ProjectName,
    versions: Vec<String>,
    files: Vec<FilePart>,
) -> Vec<ReleaseSummary> {
    let versions: Vec<String> = versions
        .into_iter()
        .filter(|text| is_version(text))
        .collect();
    let mut positions: HashMap<String, usize> = HashMap::with_capacity(versions.len());
    for (position, version) in versions.iter().enumerate() {
        positions.entry(version_key(version)).or_insert(position);
    }
    let mut grouped: Vec<Vec<FilePart>> = versions.iter().map(|_| Vec::new()).collect();
    for file in files {
        let position =
            version_texts(name, &file.filename).find_map(|text| positions.get(&version_key(text)));
        if let Some(group) = position.and_then(|position| grouped.get_mut(*position)) {
            group.push(file);
        }
    }
    versions
        .into_iter()
        .zip(grouped)
        .map(|(version, files)| ReleaseSummary {
            version,
            is_yanked: files::are_yanked(&files),
            uploaded: files::earliest_upload(&files),
            fingerprint: files::digest(files),
        })
        .collect()
}

/// What may be the version in a file's name, the longest first.
///
/// A wheel ends its version at the next dash; the version of a source archive may hold dashes.
/// Longer names than file systems take belong to no version.
fn version_texts<'f>(
    name: &ProjectName,
    filename: &'f str,
) -> impl Iterator<Item = &'f str> + use<'f> {
    const ENDINGS: [&str; 9] = [
        ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tar.Z", ".zip", ".whl", ".egg", ".exe",
    ];
    let stem = ENDINGS
        .iter()
        .find_map(|ending| filename.strip_suffix(ending))
        .unwrap_or(filename);
    let stem = if stem.len() > LONGEST_FILE_NAME {
        ""
    } else {
        stem
    };
    let rest = stem
        .match_indices('-')
        .map(|(dash, _)| stem.split_at(dash))
        .find(|(front, _)| ProjectName::new(front) == *name)
        .map_or("", |(_, back)| &back[1..]);
    let shorter = rest.rmatch_indices('-').map(|(dash, _)| &rest[..dash]);
    std::iter::once(rest)
        .chain(shorter)
        .filter(|text| is_version(text))
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

    use super::super::files::fingerprint;
    use super::{ProjectStatus, parse, version_texts};
    use crate::model::{ProjectName, Serial};

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
        let page = parse(body.to_string().as_bytes(), &name).unwrap();
        assert_eq!(
            (page.serial, page.status),
            (Serial::new(5), ProjectStatus::Archived)
        );
        let expected = serde_json::from_value::<Vec<_>>(json!([wheel, archive])).unwrap();
        assert_eq!(page.releases[1].fingerprint, fingerprint(&expected));
        let expected = serde_json::from_value::<Vec<_>>(json!([candidate])).unwrap();
        assert_eq!(page.releases[0].fingerprint, fingerprint(&expected));
    }

    #[test]
    fn a_name_of_dashes_is_looked_at_a_few_times() {
        let name = ProjectName::new("a");
        for dashes in [100, 30_000, 60_000, 120_000] {
            let filename = format!("a{}", "-".repeat(dashes));
            let texts: Vec<&str> = version_texts(&name, &filename).collect();
            let length: usize = texts.iter().map(|text| text.len()).sum();
            assert!(texts.len() <= 255 && length <= 1 << 15, "{dashes}");
        }
        let texts: Vec<&str> = version_texts(&name, "A-1.0-beta-2.tar.gz").collect();
        assert_eq!(texts, ["1.0-beta-2", "1.0-beta", "1.0"]);
    }
}
