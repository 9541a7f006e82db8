//! The document that the search server stores: one release, as flat JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{FactGroup, PackageName, ReleaseFile};

/// One release, with the field names and types that front ends query.
///
/// Unknown text is empty, never absent. A document read from a collection may lack fields that
/// older versions did not write; they are deserialized as empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// `<name>-<version>` ([`Document::id_of`]); the same as `identifier`.
    pub id: String,
    /// The same as `id`.
    pub identifier: String,
    /// The name, as the project spells it; the same as `name_sortable`.
    pub name: String,
    /// The same as `name`; the default sort order of a collection.
    pub name_sortable: String,
    /// The name without separators, from its beginning and from each later part on, in lower case;
    /// also without the word of its framework: what people type for it.
    #[serde(deserialize_with = "or_empty")]
    pub name_joined: Vec<String>,
    /// The registry: `pypi` or `npm`.
    pub registry: String,
    /// The scope of an npm package without `@`, such as `plone`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub npm_scope: String,

    /// The same as `version_raw`.
    pub version: String,
    /// The version, exactly as the registry spells it.
    pub version_raw: String,
    /// The first number of the version; at most [`i32::MAX`].
    pub version_major: i32,
    /// The second number of the version, or 0; at most [`i32::MAX`].
    pub version_minor: i32,
    /// The third number of the version, or 0; at most [`i32::MAX`].
    pub version_bugfix: i32,
    /// `a1`, `rc2`, `post1`, `dev0` and the like; empty for a final release.
    pub version_postfix: String,
    /// Stable releases first, then by number: six parts such as `1.0006.0000.0003.0000.0000`.
    pub version_sortable: String,
    /// A sort key in the order of PEP 440; digits and lower-case letters only.
    pub version_order: String,
    /// Whether the registry calls this release the project's latest; true on one document per
    /// project.
    pub is_latest: bool,
    /// How many releases the project has; only on the latest release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_count: Option<i32>,
    /// The project's serial when this document was built.
    pub serial: i64,
    /// Unix seconds; 0 if unknown.
    pub upload_timestamp: i64,
    /// When the project's earliest release was uploaded, in Unix seconds; only on the latest
    /// release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_upload: Option<i64>,
    /// What the registry says of the project if it is not active (`archived`, `deprecated`), or
    /// else what the release says of itself: `planning`, `pre-alpha`, `alpha`, `beta`, `stable`,
    /// `mature`, `inactive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Whether the release was yanked.
    pub yanked: bool,
    /// Why it was yanked; empty if no reason was given.
    pub yanked_reason: String,

    /// One line of plain text, as written: not HTML.
    pub summary: String,
    /// The README as safe HTML.
    pub description: String,
    /// As written, with parameters; empty if unknown.
    pub description_content_type: String,
    /// The README's first heading, as text.
    pub title: String,
    /// The summary, an empty line, and the README's beginning as safe HTML.
    pub first_chapter: String,
    /// The README's main part, as safe HTML.
    pub main_content: String,
    /// The README's changelog, as safe HTML.
    pub changelog: String,

    /// As written; often empty, with the name in `author_email` instead.
    pub author: String,
    /// An address, or `Name <address>`, or several.
    pub author_email: String,
    /// Like `author`.
    pub maintainer: String,
    /// Like `author_email`.
    pub maintainer_email: String,
    /// The users of the registry who own or maintain the project.
    #[serde(deserialize_with = "or_empty")]
    pub maintainers: Vec<String>,

    /// As written: a name, or the full text of a licence.
    pub license: String,
    /// As written; should be an SPDX expression (PEP 639).
    pub license_expression: String,
    /// Paths within the release.
    #[serde(deserialize_with = "or_empty")]
    pub license_files: Vec<String>,
    /// An SPDX expression in canonical spelling; empty if the licence is not certain.
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
    /// Without empty ones; a single text is split at commas and white space.
    #[serde(deserialize_with = "or_empty")]
    pub keywords: Vec<String>,
    /// As written.
    pub platform: String,
    /// A version specifier such as `>=3.10`, as written.
    pub requires_python: String,
    /// Requirements in the form of PEP 508, as written.
    #[serde(deserialize_with = "or_empty")]
    pub requires_dist: Vec<String>,
    /// Normalised names of the projects in `requires_dist`, sorted, each once, without those that
    /// only an extra requires.
    #[serde(deserialize_with = "or_empty")]
    pub requires_names: Vec<String>,
    /// What an npm package wants its user to have, as `name range`: `@plone/volto >=16.0.0`.
    #[serde(deserialize_with = "or_empty", skip_serializing_if = "Vec::is_empty")]
    pub peer_dependencies: Vec<String>,
    /// The lowest major version of each of `peer_dependencies`, as `name major`:
    /// `@plone/volto 16` ([`peer_versions`](crate::model::peer_versions())).
    #[serde(deserialize_with = "or_empty", skip_serializing_if = "Vec::is_empty")]
    pub peer_versions: Vec<String>,
    /// The tags that lead to this version on npm, as `tag version`: `latest 18.0.0`.
    #[serde(deserialize_with = "or_empty", skip_serializing_if = "Vec::is_empty")]
    pub npm_dist_tags: Vec<String>,
    /// How many bytes the version has when it is unpacked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpacked_size: Option<i64>,
    /// Whether the registry has an attestation of where and how the version was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<bool>,
    /// The service that published the version without a stored token: `github`, `gitlab`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trusted_publisher: String,
    /// Names of extras.
    #[serde(deserialize_with = "or_empty")]
    pub provides_extra: Vec<String>,
    /// Names of metadata fields that are set during the build (PEP 643).
    #[serde(deserialize_with = "or_empty")]
    pub dynamic: Vec<String>,

    /// An address that pages may link to, or empty; so are all further addresses.
    pub bugtrack_url: String,
    /// The documentation.
    pub docs_url: String,
    /// As given in the metadata.
    pub download_url: String,
    /// The home page.
    pub home_page: String,
    /// The repository that the package names as its own; only of registries that ask for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub repository_url: String,
    /// The package's folder in that repository, as written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub repository_directory: String,
    /// The project's page on the registry.
    pub package_url: String,
    /// The same as `package_url`.
    pub project_url: String,
    /// The release's page on the registry.
    pub release_url: String,
    /// Addresses by label.
    #[serde(deserialize_with = "or_empty")]
    pub project_urls: BTreeMap<String, String>,
    /// The release's files, each an object with the registry's keys (`filename`, `url`, `size` in
    /// bytes, `digests`, …) without `downloads` and `md5_digest`.
    #[serde(deserialize_with = "or_empty")]
    pub urls: Vec<ReleaseFile>,

    /// Enrichment data: the fields of [`Document::fact_fields`].
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

impl Document {
    /// All fields of enrichment data, which do not come from the registry. A run that rewrites a
    /// document keeps them.
    pub fn fact_fields() -> impl Iterator<Item = &'static str> {
        FactGroup::ALL
            .iter()
            .flat_map(|group| group.fields.iter().copied())
    }

    /// The name that no package of another registry has: `plone.api`, `@plone/volto`,
    /// `npm:sigstore`.
    #[must_use]
    pub fn full_name(&self) -> Cow<'_, str> {
        PackageName::full(&self.name, &self.registry)
    }

    /// Whether `field` is one of [`Self::fact_fields`].
    #[must_use]
    pub fn is_fact(field: &str) -> bool {
        Self::fact_fields().any(|fact| fact == field)
    }

    /// The id of a release's document: `<name>-<version>`, both as the project spells them.
    ///
    /// A dash within the version is written `~`, so the last dash always separates name and
    /// version, and no two releases share an id. To distinguish `~` from a dash, `~` itself is
    /// written `=7E` and `=` is written `=3D`; neither occurs in PEP 440 or semantic versions. The
    /// text does not have to be a valid version, so an id does not depend on the version parser.
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

/// Older collections have empty text for missing lists and objects.
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

    /// A release of a registry that accepts any text, often with dashes and their escapes.
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

        /// The same text split at each of its dashes, which used to give one id.
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
    fn a_document_of_an_older_collection_can_be_read() -> serde_json::Result<()> {
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
