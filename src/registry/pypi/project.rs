//! `GET /pypi/NAME/json`: a project, its latest release, and which releases it has.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::answer_error::PypiAnswerError;
use super::release::{check_project, is_version, parse_release};
use super::{DOCUMENT_LIMIT, PyPi, files};
use crate::model::{ProjectName, Serial, clean_line};
use crate::registry::bounded;
use crate::registry::error::RegistryError;
use crate::registry::project::{
    FetchedRelease, FurtherReleases, Project, ProjectHead, ProjectStatus, ReleaseSummary,
    UnreadProject,
};

/// Bytes that the classifiers may take as a tree. There are not even a thousand in all.
const COST_OF_CLASSIFIERS: usize = 4 << 20;
/// Bytes that the owners may take as a tree: some thousand of them.
const COST_OF_OWNERSHIP: usize = 4 << 20;
/// Owners and maintainers that are kept. The largest organisations have some dozen.
const MOST_MAINTAINERS: usize = 500;
/// Characters of a user's name. The registry allows 50.
const LONGEST_USER: usize = 100;
/// Releases of a project. The largest have some ten thousand.
pub(super) const MOST_RELEASES: usize = 100_000;

/// A project document.
#[derive(Debug, Clone)]
pub struct ProjectDocument {
    /// As in [`Project`].
    pub name: ProjectName,
    /// The serial of this answer.
    pub serial: Option<Serial>,
    /// The release that the registry calls latest, with its vulnerabilities.
    pub latest: FetchedRelease,
    /// User names from `ownership`, in the registry's order, each once.
    pub maintainers: Vec<String>,
    /// Every release; `None` where the document carries no list.
    pub releases: Option<Vec<ReleaseSummary>>,
}

impl ProjectDocument {
    /// The project with this list of releases.
    pub(super) fn with_releases(
        self,
        releases: Vec<ReleaseSummary>,
        status: Option<ProjectStatus>,
    ) -> Project {
        Project {
            name: self.name,
            serial: self.serial,
            latest: self.latest,
            maintainers: self.maintainers,
            status,
            releases,
            further: FurtherReleases::default(),
        }
    }
}

impl PyPi {
    /// The project document (`/pypi/NAME/json`), at no older serial than `announced`.
    ///
    /// `NotFound` also for projects that are withheld or have no release, `Unreadable` for a
    /// document about another project or without a list of classifiers.
    pub(super) async fn request_project(
        &self,
        name: &ProjectName,
        announced: Option<Serial>,
    ) -> Result<UnreadProject, RegistryError> {
        let what = format!("project `{name}`");
        self.until_fresh(
            announced,
            |project: &UnreadProject| project.head.serial,
            &what,
            || async {
                let url = self.url_of(&["pypi", name.as_str(), "json"], false);
                let body = self
                    .get(url, &what, "project", None, DOCUMENT_LIMIT)
                    .await?;
                parse_head(name, body)
            },
        )
        .await
    }
}

/// Parses the head of a project document, and makes sure that it is about `name`.
///
/// # Errors
///
/// [`RegistryError::Unreadable`].
pub fn parse_head(name: &ProjectName, body: bytes::Bytes) -> Result<UnreadProject, RegistryError> {
    let head = read_head(&body, name)
        .map_err(|why| RegistryError::unreadable(&format!("project `{name}`"), why))?;
    Ok(UnreadProject {
        name: name.clone(),
        head,
        body,
    })
}

/// Parses the whole document, and frees its text.
///
/// # Errors
///
/// [`RegistryError::Unreadable`].
pub fn parse_project(unread: UnreadProject) -> Result<ProjectDocument, RegistryError> {
    let UnreadProject { name, body, .. } = unread;
    read_project(&body, &name)
        .map_err(|why| RegistryError::unreadable(&format!("project `{name}`"), why))
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    info: HeadInfo<'a>,
    #[serde(default)]
    last_serial: u64,
}

#[derive(Deserialize)]
struct HeadInfo<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    classifiers: Option<&'a RawValue>,
}

fn read_head(body: &[u8], name: &ProjectName) -> Result<ProjectHead, PypiAnswerError> {
    let head: Head<'_> = serde_json::from_slice(body)?;
    check_project(&head.info.name, name)?;
    let classifiers = read_classifiers(head.info.classifiers)?;
    Ok(ProjectHead {
        serial: Serial::new(head.last_serial),
        classifiers,
    })
}

/// The classifiers of a list, whatever else is in it. Without any list nothing is known, which
/// must not look like "none".
fn read_classifiers(raw: Option<&RawValue>) -> Result<Vec<String>, PypiAnswerError> {
    let value = raw.and_then(|raw| bounded::parse_within(raw.get(), COST_OF_CLASSIFIERS).ok());
    match value {
        Some(Value::Array(values)) => Ok(values
            .into_iter()
            .filter_map(|value| match value {
                Value::String(text) => Some(text),
                _ => None,
            })
            .collect()),
        Some(Value::String(text)) => Ok(vec![text]),
        _ => Err(PypiAnswerError::NoClassifiers),
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    info: &'a RawValue,
    #[serde(borrow)]
    urls: Option<&'a RawValue>,
    #[serde(borrow)]
    releases: Option<&'a RawValue>,
    #[serde(default)]
    last_serial: u64,
    #[serde(borrow)]
    vulnerabilities: Option<&'a RawValue>,
    #[serde(borrow)]
    ownership: Option<&'a RawValue>,
}

fn read_project(body: &[u8], name: &ProjectName) -> Result<ProjectDocument, PypiAnswerError> {
    let body: Body<'_> = serde_json::from_slice(body)?;
    let latest = parse_release(body.info, body.urls, body.vulnerabilities)?;
    check_project(latest.release.name(), name)?;
    if !is_version(latest.release.version()) {
        return Err(PypiAnswerError::NoVersion);
    }
    let releases = match body.releases {
        None => None,
        Some(raw) => releases(raw.get(), name)?,
    };
    Ok(ProjectDocument {
        name: name.clone(),
        serial: Serial::new(body.last_serial),
        latest,
        maintainers: body
            .ownership
            .map(|ownership| maintainers(ownership.get(), name))
            .unwrap_or_default(),
        releases,
    })
}

/// The list of releases; `null` counts as no list.
fn releases(
    text: &str,
    name: &ProjectName,
) -> Result<Option<Vec<ReleaseSummary>>, PypiAnswerError> {
    let list: Option<ReleaseList<'_>> =
        serde_json::from_str(text).map_err(|cause| PypiAnswerError::Field {
            field: "releases",
            cause,
        })?;
    let Some(ReleaseList(by_version)) = list else {
        return Ok(None);
    };
    let count = by_version.len();
    let releases: Vec<ReleaseSummary> = by_version
        .into_iter()
        .filter(|(version, _)| is_version(version))
        .map(|(version, files)| {
            let files = files::parts_of(files.get());
            ReleaseSummary {
                version,
                is_yanked: files::are_yanked(&files),
                uploaded: files::earliest_upload(&files),
                fingerprint: files::digest(files),
            }
        })
        .collect();
    if releases.len() < count {
        let left_out = count - releases.len();
        tracing::warn!(project = %name, left_out, "it lists releases with invalid versions");
    }
    Ok(Some(releases))
}

/// Versions and their files, not more than a project can have.
struct ReleaseList<'a>(BTreeMap<String, &'a RawValue>);

impl<'de> Deserialize<'de> for ReleaseList<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_map(ReleaseListVisitor)
    }
}

struct ReleaseListVisitor;

impl<'de> Visitor<'de> for ReleaseListVisitor {
    type Value = ReleaseList<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of releases")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut by_version = BTreeMap::new();
        while let Some((version, files)) = map.next_entry()? {
            by_version.insert(version, files);
            if by_version.len() > MOST_RELEASES {
                let error = format!("it lists more than {MOST_RELEASES}");
                return Err(A::Error::custom(error));
            }
        }
        Ok(ReleaseList(by_version))
    }
}

/// User names of `ownership.roles`, in the registry's order, each once.
fn maintainers(ownership: &str, name: &ProjectName) -> Vec<String> {
    let Ok(ownership) = bounded::parse_within(ownership, COST_OF_OWNERSHIP) else {
        tracing::warn!(project = %name, "it names far too many owners; they are left out");
        return Vec::new();
    };
    let roles = ownership.get("roles").and_then(Value::as_array);
    let users = roles
        .into_iter()
        .flatten()
        .filter_map(|role| role.get("user").and_then(Value::as_str))
        .map(|user| clean_line(user, LONGEST_USER));
    let mut seen = HashSet::new();
    users
        .filter(|user| !user.is_empty() && seen.insert(user.clone()))
        .take(MOST_MAINTAINERS)
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use serde_json::json;

    use super::{read_head, read_project};
    use crate::model::{ProjectName, Serial};

    #[test]
    fn a_project_document_is_read() {
        let name = ProjectName::new("plone.api");
        let body = json!({
            "info": {"name": "plone.api", "version": "2.0", "classifiers": ["Framework :: Plone"]},
            "urls": [], "last_serial": 8, "vulnerabilities": [],
            "releases": {"1.0": [], "2.0": [{"filename": "f"}]},
            "ownership": {"organization": null, "roles": [
                {"role": "Owner", "user": "ada"}, {"role": "Maintainer", "user": "ada"},
                {"role": "Maintainer", "user": "bob"}]},
        })
        .to_string();
        assert_eq!(
            read_head(body.as_bytes(), &name).unwrap().classifiers,
            ["Framework :: Plone"]
        );
        let project = read_project(body.as_bytes(), &name).unwrap();
        assert_eq!(project.maintainers, ["ada", "bob"]);
        assert_eq!(project.releases.unwrap().len(), 2);
        assert_eq!(project.serial, Serial::new(8));
    }

    #[test]
    fn a_missing_list_is_not_an_empty_one() {
        let name = ProjectName::new("a");
        for (releases, expected) in [
            (json!({"info": {"name": "a", "version": "1"}}), None),
            (
                json!({"info": {"name": "a", "version": "1"}, "releases": null}),
                None,
            ),
            (
                json!({"info": {"name": "a", "version": "1"}, "releases": {}}),
                Some(0),
            ),
        ] {
            let found = read_project(releases.to_string().as_bytes(), &name)
                .unwrap()
                .releases;
            assert_eq!(found.map(|list| list.len()), expected);
        }
    }

    #[test]
    fn hostile_documents_are_errors_or_survive() {
        let name = ProjectName::new("a");
        for body in [
            "",
            "null",
            "[]",
            r#"{"info": {"name": 5}}"#,
            r#"{"info": {"name": "b"}}"#,
        ] {
            assert!(read_head(body.as_bytes(), &name).is_err(), "{body}");
        }
        let odd = r#"{"info": {"name": "a", "version": "1", "classifiers": "x"}, "urls": 5,
                      "ownership": [1], "vulnerabilities": {}, "releases": {"1": null}}"#;
        assert_eq!(read_head(odd.as_bytes(), &name).unwrap().classifiers, ["x"]);
        assert!(read_project(odd.as_bytes(), &name).is_ok());
    }
}
