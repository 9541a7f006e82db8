//! `GET /pypi/NAME/json`: a project, its latest release, and which releases it has.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::release::{FetchedRelease, fetched, is_about, is_version};
use super::{DOCUMENT_LIMIT, PyPi, RegistryError, bounded, files, unreadable};
use crate::model::{ProjectName, clean_line};

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

/// One release in the list of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseSummary {
    /// As the registry has it.
    pub version: String,
    /// Digest of its files and their yank state.
    pub fingerprint: u64,
    /// Whether it has files and all of them are yanked.
    pub is_yanked: bool,
}

/// A project document.
#[derive(Debug, Clone)]
pub struct Project {
    /// Normalised; the spelling is in `latest`.
    pub name: ProjectName,
    /// The serial of this answer.
    pub serial: u64,
    /// The release that the registry calls latest, with its vulnerabilities.
    pub latest: FetchedRelease,
    /// User names from `ownership`, in the registry's order, each once.
    pub maintainers: Vec<String>,
    /// Every release; `None` where the document carries no list.
    pub releases: Option<Vec<ReleaseSummary>>,
}

/// The little that decides whether a project is of interest, read without the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectHead {
    /// The serial of the answer; 0 where it carries none.
    pub serial: u64,
    /// Classifiers of the latest release.
    pub classifiers: Vec<String>,
}

/// A project document whose body has not been read in full yet.
#[derive(Debug, Clone)]
pub struct UnreadProject {
    /// The name that was asked for, which the answer confirms.
    pub name: ProjectName,
    /// What has been read of it.
    pub head: ProjectHead,
    body: bytes::Bytes,
}

impl PyPi {
    /// The project document (`/pypi/NAME/json`), at no older serial than `wanted`; 0 wants any.
    ///
    /// # Errors
    ///
    /// [`RegistryError`]; `NotFound` also for projects that are withheld or have no release,
    /// `Unreadable` for a document about another project or without a list of classifiers.
    pub async fn project(
        &self,
        name: &ProjectName,
        wanted: u64,
    ) -> Result<UnreadProject, RegistryError> {
        let what = format!("project `{name}`");
        self.until_fresh(
            wanted,
            |project: &UnreadProject| project.head.serial,
            &what,
            || async {
                let url = self.url(&["pypi", name.as_str(), "json"], false);
                let body = self
                    .get(url, &what, "project", None, DOCUMENT_LIMIT)
                    .await?;
                UnreadProject::of(name, body)
            },
        )
        .await
    }
}

impl UnreadProject {
    /// Reads the head of `body`, and makes sure that it is about `name`.
    pub fn of(name: &ProjectName, body: bytes::Bytes) -> Result<Self, RegistryError> {
        let head =
            head(&body, name).map_err(|why| unreadable(&format!("project `{name}`"), why))?;
        Ok(Self {
            name: name.clone(),
            head,
            body,
        })
    }

    /// Reads the whole document, and lets go of its text.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Unreadable`].
    pub fn read(self) -> Result<Project, RegistryError> {
        project(&self.body, &self.name)
            .map_err(|why| unreadable(&format!("project `{}`", self.name), why))
    }
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

fn head(body: &[u8], name: &ProjectName) -> Result<ProjectHead, String> {
    let head: Head<'_> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    is_about(&head.info.name, name)?;
    let classifiers = classifiers(head.info.classifiers)?;
    Ok(ProjectHead {
        serial: head.last_serial,
        classifiers,
    })
}

/// The classifiers of a list, whatever else is in it. Without any list nothing is known, which
/// must not look like "none".
fn classifiers(raw: Option<&RawValue>) -> Result<Vec<String>, String> {
    let value = raw.and_then(|raw| bounded::read(raw.get(), COST_OF_CLASSIFIERS).ok());
    match value {
        Some(Value::Array(values)) => Ok(values
            .into_iter()
            .filter_map(|value| match value {
                Value::String(text) => Some(text),
                _ => None,
            })
            .collect()),
        Some(Value::String(text)) => Ok(vec![text]),
        _ => Err("it has no list of classifiers".to_owned()),
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

fn project(body: &[u8], name: &ProjectName) -> Result<Project, String> {
    let body: Body<'_> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let latest = fetched(body.info, body.urls, body.vulnerabilities)?;
    is_about(latest.release.name(), name)?;
    if !is_version(latest.release.version()) {
        return Err("its latest release has no version".to_owned());
    }
    let releases = match body.releases {
        None => None,
        Some(raw) => releases(raw.get(), name)?,
    };
    Ok(Project {
        name: name.clone(),
        serial: body.last_serial,
        latest,
        maintainers: body
            .ownership
            .map(|ownership| maintainers(ownership.get(), name))
            .unwrap_or_default(),
        releases,
    })
}

/// The list of releases; `null` counts as no list.
fn releases(text: &str, name: &ProjectName) -> Result<Option<Vec<ReleaseSummary>>, String> {
    let listed: Option<Listed<'_>> =
        serde_json::from_str(text).map_err(|error| format!("`releases`: {error}"))?;
    let Some(Listed(by_version)) = listed else {
        return Ok(None);
    };
    let listed = by_version.len();
    let releases: Vec<ReleaseSummary> = by_version
        .into_iter()
        .filter(|(version, _)| is_version(version))
        .map(|(version, files)| {
            let files = files::parts_of(files.get());
            ReleaseSummary {
                version,
                is_yanked: files::are_yanked(&files),
                fingerprint: files::digest(files),
            }
        })
        .collect();
    if releases.len() < listed {
        let left_out = listed - releases.len();
        tracing::warn!(project = %name, left_out, "it lists releases whose versions are none");
    }
    Ok(Some(releases))
}

/// Versions and their files, not more than a project can have.
struct Listed<'a>(BTreeMap<String, &'a RawValue>);

impl<'de> Deserialize<'de> for Listed<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_map(ListedVisitor)
    }
}

struct ListedVisitor;

impl<'de> Visitor<'de> for ListedVisitor {
    type Value = Listed<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of releases")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut listed = BTreeMap::new();
        while let Some((version, files)) = map.next_entry()? {
            listed.insert(version, files);
            if listed.len() > MOST_RELEASES {
                let error = format!("it lists more than {MOST_RELEASES}");
                return Err(A::Error::custom(error));
            }
        }
        Ok(Listed(listed))
    }
}

/// User names of `ownership.roles`, in the registry's order, each once.
fn maintainers(ownership: &str, name: &ProjectName) -> Vec<String> {
    let Ok(ownership) = bounded::read(ownership, COST_OF_OWNERSHIP) else {
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

    use super::{head, project};
    use crate::model::ProjectName;

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
            head(body.as_bytes(), &name).unwrap().classifiers,
            ["Framework :: Plone"]
        );
        let project = project(body.as_bytes(), &name).unwrap();
        assert_eq!(project.maintainers, ["ada", "bob"]);
        assert_eq!(project.releases.unwrap().len(), 2);
        assert_eq!(project.serial, 8);
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
            let found = project(releases.to_string().as_bytes(), &name)
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
            assert!(head(body.as_bytes(), &name).is_err(), "{body}");
        }
        let odd = r#"{"info": {"name": "a", "version": "1", "classifiers": "x"}, "urls": 5,
                      "ownership": [1], "vulnerabilities": {}, "releases": {"1": null}}"#;
        assert_eq!(head(odd.as_bytes(), &name).unwrap().classifiers, ["x"]);
        assert!(project(odd.as_bytes(), &name).is_ok());
    }
}
