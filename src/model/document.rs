//! What the search engine holds: one release as one flat document.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::ReleaseFile;

/// One release, in the names and types that front ends query.
///
/// Text that is not known is empty, never absent. A document read back from a collection may
/// lack fields that older programs did not write; they take their empty value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// `<name>-<version>`, see [`Document::id_of`]; the same as `identifier`.
    pub id: String,
    /// The same as `id`.
    pub identifier: String,
    /// The name as the project spells it; the same as `name_sortable`.
    pub name: String,
    /// The same as `name`; collections sort by it unless told otherwise.
    pub name_sortable: String,
    /// The registry: `pypi`.
    pub registry: String,

    /// The same as `version_raw`.
    pub version: String,
    /// The version exactly as the registry has it.
    pub version_raw: String,
    /// The first three numbers of the release, 0 where there are fewer; at most [`i32::MAX`].
    pub version_major: i32,
    /// See `version_major`.
    pub version_minor: i32,
    /// See `version_major`.
    pub version_bugfix: i32,
    /// `a1`, `rc2`, `post1`, `dev0` and the like; empty for a final release.
    pub version_postfix: String,
    /// Stable releases first, then by number: six parts such as `1.0006.0000.0003.0000.0000`.
    pub version_sortable: String,
    /// Sorts as PEP 440 does; digits and lower-case letters only.
    pub version_order: String,
    /// The registry's newest release of the project, by its own rule; true on one document.
    pub is_latest: bool,
    /// How many releases the project has; only on the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_count: Option<i32>,
    /// The registry's serial of the project when this document was made.
    pub serial: i64,
    /// Seconds since 1970 in UTC; 0 where the registry does not say.
    pub upload_timestamp: i64,
    /// Whether the owners have withdrawn the release.
    pub yanked: bool,
    /// Their words; empty where they gave none.
    pub yanked_reason: String,

    /// One line of plain text, as written: not HTML.
    pub summary: String,
    /// The README as safe HTML.
    pub description: String,
    /// As written, parameters included; empty where the registry does not say.
    pub description_content_type: String,
    /// The README's first heading, as text.
    pub title: String,
    /// The summary, an empty line, and the README's beginning as safe HTML.
    pub first_chapter: String,
    /// Safe HTML.
    pub main_content: String,
    /// Safe HTML.
    pub changelog: String,

    /// As written; often empty, with the name in `author_email` instead.
    pub author: String,
    /// An address, or `Name <address>`, or several.
    pub author_email: String,
    /// As `author`.
    pub maintainer: String,
    /// As `author_email`.
    pub maintainer_email: String,
    /// The registry's users who own or maintain the project.
    #[serde(deserialize_with = "or_empty")]
    pub maintainers: Vec<String>,

    /// As written: a name, or a whole licence.
    pub license: String,
    /// As written; meant to be SPDX (PEP 639).
    pub license_expression: String,
    /// Paths within the release.
    #[serde(deserialize_with = "or_empty")]
    pub license_files: Vec<String>,
    /// An SPDX expression in canonical spelling; empty where the licence is not known for sure.
    pub license_spdx: String,

    /// Trove classifiers, as written.
    #[serde(deserialize_with = "or_empty")]
    pub classifiers: Vec<String>,
    /// Such as `Plone 6.0`.
    #[serde(deserialize_with = "or_empty")]
    pub framework_versions: Vec<String>,
    /// Such as `Python 3.12`.
    #[serde(deserialize_with = "or_empty")]
    pub python_versions: Vec<String>,
    /// Without empty ones; one text is cut at commas and blanks.
    #[serde(deserialize_with = "or_empty")]
    pub keywords: Vec<String>,
    /// As written.
    pub platform: String,
    /// A version specifier such as `>=3.10`, as written.
    pub requires_python: String,
    /// Requirements in the form of PEP 508, as written.
    #[serde(deserialize_with = "or_empty")]
    pub requires_dist: Vec<String>,
    /// Names of extras.
    #[serde(deserialize_with = "or_empty")]
    pub provides_extra: Vec<String>,
    /// Metadata fields that the build fills (PEP 643).
    #[serde(deserialize_with = "or_empty")]
    pub dynamic: Vec<String>,

    /// An address that pages may link to, or empty, as all that follow.
    pub bugtrack_url: String,
    /// See `bugtrack_url`.
    pub docs_url: String,
    /// See `bugtrack_url`.
    pub download_url: String,
    /// See `bugtrack_url`.
    pub home_page: String,
    /// The project's page at the registry.
    pub package_url: String,
    /// The same.
    pub project_url: String,
    /// The release's page at the registry.
    pub release_url: String,
    /// Label to address.
    #[serde(deserialize_with = "or_empty")]
    pub project_urls: BTreeMap<String, String>,
    /// The release's files, each an object with the registry's keys (`filename`, `url`, `size` in
    /// bytes, `digests`, …) without `downloads` and `md5_digest`.
    #[serde(deserialize_with = "or_empty")]
    pub urls: Vec<ReleaseFile>,

    /// What enrichers learned, see [`Document::fact_fields`].
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

impl Document {
    /// The fields of its advisories.
    pub const ADVISORY_FIELDS: &[&str] = &[
        "fixed_in",
        "has_vulnerabilities",
        "vulnerabilities",
        "vulnerabilities_checked",
    ];
    /// How often the package is downloaded.
    pub const DOWNLOAD_FIELDS: &[&str] = &[
        "download_last_day",
        "download_last_month",
        "download_last_week",
        "download_source",
        "download_total",
        "download_updated",
    ];
    /// What GitHub says of the repository.
    pub const GITHUB_FIELDS: &[&str] = &[
        "contributors",
        "github_archived",
        "github_checked",
        "github_closed_issues",
        "github_forks",
        "github_language",
        "github_license",
        "github_open_issues",
        "github_open_pull_requests",
        "github_pushed",
        "github_release",
        "github_stars",
        "github_topics",
        "github_updated",
        "github_url",
        "github_watchers",
    ];
    /// The score and its reasons.
    pub const HEALTH_FIELDS: &[&str] = &[
        "health_problems_documentation",
        "health_problems_metadata",
        "health_problems_recency",
        "health_score",
        "health_score_breakdown",
        "health_score_last_calculated",
    ];

    /// The fields that enrichers write and the registry knows nothing of. A run that writes whole
    /// documents carries them over.
    pub fn fact_fields() -> impl Iterator<Item = &'static str> {
        let of = [
            Self::ADVISORY_FIELDS,
            Self::DOWNLOAD_FIELDS,
            Self::GITHUB_FIELDS,
            Self::HEALTH_FIELDS,
        ];
        of.into_iter().flatten().copied()
    }

    /// Whether `field` is one of [`Self::fact_fields`].
    #[must_use]
    pub fn is_fact(field: &str) -> bool {
        Self::fact_fields().any(|fact| fact == field)
    }

    /// The id of a release's document: `<name>-<version>`, both as the project spells them.
    ///
    /// The last dash always separates the two, so no two releases share an id, whatever their
    /// projects are called: a dash within the version is written `~`. To keep `~` apart from a
    /// dash, `~` itself is written `=7E` and `=` is written `=3D`; PEP 440 and semantic versions
    /// have neither. Only the text decides, not whether it is a valid version, so an id never
    /// changes because a parser has learned something.
    #[must_use]
    pub fn id_of(name: &str, version: &str) -> String {
        let mut id = format!("{name}-");
        for character in version.chars() {
            match character {
                '-' => id.push('~'),
                '~' => id.push_str("=7E"),
                '=' => id.push_str("=3D"),
                other => id.push(other),
            }
        }
        id
    }
}

/// Lists and objects that the registry leaves out are empty text in older collections.
fn or_empty<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(T::default()),
        Value::String(text) if text.is_empty() => Ok(T::default()),
        value => serde_json::from_value(value).map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::Document;

    #[test]
    fn the_last_dash_of_an_id_separates_name_and_version() {
        for (name, version, id) in [
            ("plone.api", "2.1.0", "plone.api-2.1.0"),
            (
                "zope-interface",
                "1!2.0+abc.1",
                "zope-interface-1!2.0+abc.1",
            ),
            ("grommet32", "3.2.3-2", "grommet32-3.2.3~2"),
            ("grommet32-3.2.3", "2", "grommet32-3.2.3-2"),
            ("old", "1.0--beta 2", "old-1.0~~beta 2"),
            ("old", "1.0~beta=2", "old-1.0=7Ebeta=3D2"),
            (
                "@plone/volto",
                "18.0.0-alpha.1",
                "@plone/volto-18.0.0~alpha.1",
            ),
            ("odd-", "", "odd--"),
        ] {
            assert_eq!(Document::id_of(name, version), id);
        }
    }

    /// A release of a registry that accepts anything, and often what separators are made of.
    fn release() -> impl Strategy<Value = (String, String)> {
        let text = || {
            prop_oneof![
                "[a1.~=7E3D-]{0,6}",
                "[1-3](\\.[1-3]){0,2}(-[1-3])?",
                ".{0,8}"
            ]
        };
        (text(), text())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8_000))]
        #[test]
        fn two_releases_never_share_an_id(one in release(), other in release()) {
            let [left, right] = [&one, &other].map(|(name, version)| Document::id_of(name, version));
            prop_assert_eq!(one == other, left == right);
        }

        /// The same text cut at each of its dashes: what once gave one id.
        #[test]
        fn no_cut_of_a_text_has_the_id_of_another(text in "[a1.~=-]{1,12}") {
            let cuts = text.match_indices('-');
            let mut ids: Vec<String> = cuts
                .filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)))
                .map(|(name, version)| Document::id_of(name, version))
                .collect();
            let count = ids.len();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), count);
        }

        #[test]
        fn an_id_can_be_taken_apart(name in ".{0,12}", version in ".{0,12}") {
            let id = Document::id_of(&name, &version);
            let (start, end) = id.rsplit_once('-').unwrap_or_default();
            let decoded = end.replace('~', "-").replace("=7E", "~").replace("=3D", "=");
            prop_assert_eq!((start, decoded), (name.as_str(), version));
        }

        #[test]
        fn without_a_dash_nothing_is_escaped(name in ".{0,12}", version in "[^~=-]{0,12}") {
            prop_assert_eq!(Document::id_of(&name, &version), format!("{name}-{version}"));
        }
    }

    #[test]
    fn a_document_of_an_older_collection_is_understood() -> serde_json::Result<()> {
        let document: Document = serde_json::from_value(json!({
            "id": "a-1", "name": "a", "license_files": "", "project_urls": "", "dynamic": null,
            "keywords": ["b"], "github_stars": 0, "health_score": 61,
        }))?;
        assert_eq!(document.keywords, ["b"]);
        assert!(document.project_urls.is_empty() && document.license_files.is_empty());
        assert_eq!(document.facts.len(), 2);
        assert!(document.facts.keys().all(|field| Document::is_fact(field)));
        let written = serde_json::to_value(&document)?;
        assert_eq!(written["github_stars"], json!(0));
        assert!(written.get("release_count").is_none());
        Ok(())
    }

    #[test]
    fn no_field_of_the_registry_is_a_fact() -> serde_json::Result<()> {
        let written = serde_json::to_value(Document::default())?;
        let fields = written
            .as_object()
            .into_iter()
            .flat_map(|object| object.keys());
        assert_eq!(fields.filter(|field| Document::is_fact(field)).count(), 0);
        Ok(())
    }
}
