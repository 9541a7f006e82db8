//! Translates the manifest of a release into the names of Python's core metadata, and of documents.
//!
//! Pure: README and time come from elsewhere.

use serde_json::{Map, Value, json};

use super::license::license;
use super::packument::deprecation;
use super::people::{first_person, person};
use super::repository::read_addresses;
use super::values::{object, text};
use crate::model::{ProjectName, Release, ReleaseFile};

/// Where people look at packages.
const SITE: &str = "https://www.npmjs.com/package/";

/// What a release is made of.
pub(super) struct ManifestContext<'m> {
    pub(super) name: &'m ProjectName,
    pub(super) version: &'m str,
    /// Of the package, where the manifest names nobody.
    pub(super) maintainers: &'m Map<String, Value>,
    /// When it was published, as written.
    pub(super) time: Option<&'m str>,
    /// The tags that lead to it.
    pub(super) tags: Vec<&'m str>,
    /// Text of the README and the name of its file.
    pub(super) readme: Option<(String, String)>,
}

/// The release that a manifest describes.
pub(super) fn translate(manifest: &Map<String, Value>, context: ManifestContext<'_>) -> Release {
    let ManifestContext {
        name,
        version,
        maintainers,
        time,
        tags,
        readme,
    } = context;
    let addresses = read_addresses(manifest);
    let author = person(manifest.get("author"));
    let stated = manifest.get("maintainers");
    let maintainer = first_person(stated.or_else(|| maintainers.get("maintainers")));
    let page = format!("{SITE}{}", encoded(name.as_str()));
    let release_page = format!("{page}/v/{}", encoded(version));
    let scope = name
        .as_str()
        .strip_prefix('@')
        .and_then(|it| it.split_once('/'));
    let empty = Map::new();
    let dist = object(manifest, "dist").unwrap_or(&empty);
    let deprecated = deprecation(manifest);
    let links = match addresses.home_page.as_str() {
        "" => json!({}),
        home_page => json!({ "Homepage": home_page }),
    };
    let mut info = json!({
        "name": name.as_str(),
        "version": version,
        "summary": manifest.get("description"),
        "author": author.name,
        "author_email": author.email,
        "maintainer": maintainer.name,
        "maintainer_email": maintainer.email,
        "license": license(manifest),
        "keywords": manifest.get("keywords"),
        "requires_dist": ranges(manifest, "dependencies", '@'),
        "peer_dependencies": ranges(manifest, "peerDependencies", ' '),
        "platform": "node",
        "home_page": addresses.home_page,
        "repository_url": addresses.repository,
        "repository_directory": addresses.directory,
        "bugtrack_url": addresses.bug_tracker,
        "project_urls": links,
        "package_url": page,
        "project_url": page,
        "release_url": release_page,
        "yanked": deprecated.is_some(),
        "yanked_reason": deprecated,
        "npm_scope": scope.map(|(scope, _)| scope),
        "npm_dist_tags": tags.iter().map(|tag| format!("{tag} {version}")).collect::<Vec<_>>(),
        "unpacked_size": dist.get("unpackedSize").filter(|size| size.is_u64()),
        "provenance": object(dist, "attestations").is_some(),
        "trusted_publisher": trusted_publisher(manifest),
    });
    if let (Some((text, file)), Some(info)) = (readme, info.as_object_mut()) {
        info.insert(
            "description_content_type".to_owned(),
            content_type(&file).into(),
        );
        info.insert("description".to_owned(), text.into());
    }
    let info = match info {
        Value::Object(info) => info
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
        _ => Map::new(),
    };
    let files = time.map(|time| {
        let time = Value::from(time);
        ReleaseFile::from_iter([("upload_time_iso_8601".to_owned(), time)])
    });
    Release {
        info,
        files: files.into_iter().collect(),
    }
}

/// The members of an object of ranges, as `name@range`.
fn ranges(manifest: &Map<String, Value>, key: &str, separator: char) -> Vec<String> {
    let ranges = object(manifest, key).into_iter().flatten();
    ranges
        .filter_map(|(name, range)| Some(format!("{name}{separator}{}", range.as_str()?.trim())))
        .collect()
}

/// The service that has published a release without a stored token.
fn trusted_publisher(manifest: &Map<String, Value>) -> Option<&str> {
    text(
        object(object(manifest, "_npmUser")?, "trustedPublisher")?,
        "id",
    )
}

/// What a README is written in. Most have no name in the document, and are in Markdown.
fn content_type(file: &str) -> &'static str {
    let extension = file
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("rst") => "text/x-rst",
        Some("txt" | "adoc" | "asciidoc") => "text/plain",
        _ => "text/markdown",
    }
}

/// A segment of a path.
fn encoded(segment: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~');
    utf8_percent_encode(segment, KEPT).to_string()
}
