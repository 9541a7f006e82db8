//! Documents of npm packages, made of recorded manifests.

use pyfa::model::{Document, VersionScheme, peer_versions};
use pyfa::transform::{joined_names, version_fields};

use crate::gallery::packages::release;

/// A version that is the latest of its package, of which nothing more is known.
pub(crate) fn npm(name: &str, version: &str) -> Document {
    let id = match name.strip_prefix('@').and_then(|name| name.split_once('/')) {
        Some((scope, name)) => format!("@{scope}--{name}-{version}"),
        None => format!("npm:{name}-{version}"),
    };
    let scope = name
        .strip_prefix('@')
        .and_then(|name| name.split('/').next());
    let fields = version_fields(VersionScheme::Semantic, version);
    let page = format!(
        "https://www.npmjs.com/package/{}",
        name.replace('@', "%40").replace('/', "%2F")
    );
    Document {
        identifier: id.clone(),
        id,
        name_joined: joined_names(name, &[]),
        registry: "npm".to_owned(),
        npm_scope: scope.unwrap_or_default().to_owned(),
        platform: "node".to_owned(),
        version_major: fields.major,
        version_minor: fields.minor,
        version_bugfix: fields.bugfix,
        version_postfix: fields.postfix,
        version_sortable: fields.sortable,
        version_order: fields.order,
        release_url: format!("{page}/v/{version}"),
        package_url: page,
        provenance: Some(false),
        ..release(name, version)
    }
}

/// The version with peer dependencies, each `name range`.
pub(crate) fn with_peers(document: Document, peers: &[&str]) -> Document {
    let peer_dependencies: Vec<String> = peers.iter().map(|&peer| peer.to_owned()).collect();
    Document {
        peer_versions: peer_versions(&peer_dependencies),
        peer_dependencies,
        ..document
    }
}

/// The version with the place where it is developed.
pub(crate) fn at(document: Document, repository: &str, directory: &str) -> Document {
    Document {
        repository_url: repository.to_owned(),
        repository_directory: directory.to_owned(),
        ..document
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// Volto, as its registry describes it.
pub(crate) fn volto() -> Document {
    let document = Document {
        summary: "Volto".to_owned(),
        keywords: texts(&["volto", "plone", "react"]),
        license: "MIT".to_owned(),
        license_spdx: "MIT".to_owned(),
        home_page: "https://plone.org".to_owned(),
        bugtrack_url: "https://github.com/plone/volto/issues".to_owned(),
        maintainers: texts(&["plone-foundation"]),
        requires_dist: texts(&["@dnd-kit/core@6.3.1", "classnames@2.5.1"]),
        requires_names: texts(&["@dnd-kit/core", "classnames"]),
        npm_dist_tags: texts(&["alpha 19.0.0-alpha.2", "latest 19.3.0"]),
        unpacked_size: Some(12_345_678),
        provenance: Some(true),
        trusted_publisher: "github".to_owned(),
        release_count: Some(2),
        description:
            "<p>Read <a href=\"https://github.com/plone/volto/blob/HEAD/packages/volto/docs/a.md\">\
                      the docs</a>.</p>"
                .to_owned(),
        ..npm("@plone/volto", "19.3.0")
    };
    at(document, "git@github.com:plone/volto.git", "packages/volto")
}

/// An add-on of Volto, as its registry describes it.
pub(crate) fn form_block() -> Document {
    let document = Document {
        summary: "Volto block to build a form".to_owned(),
        keywords: texts(&["volto-addon", "volto", "plone", "react", "block", "form"]),
        license: "MIT".to_owned(),
        license_spdx: "MIT".to_owned(),
        home_page: "https://github.com/collective/volto-form-block#readme".to_owned(),
        bugtrack_url: "https://github.com/collective/volto-form-block/issues".to_owned(),
        requires_dist: texts(&["@plone/volto@*"]),
        requires_names: texts(&["@plone/volto"]),
        ..npm("volto-form-block", "3.19.0")
    };
    let document = with_peers(
        document,
        &["@plone/volto >=16.0.0-alpha.38", "volto-subblocks ^2.1.0"],
    );
    at(
        document,
        "https://github.com/collective/volto-form-block",
        "",
    )
}

/// A package of the same name as one of `PyPI`, as its registry describes it.
pub(crate) fn sigstore() -> Document {
    let document = Document {
        summary: "code-signing for npm packages".to_owned(),
        license: "Apache-2.0".to_owned(),
        license_spdx: "Apache-2.0".to_owned(),
        home_page: "https://github.com/sigstore/sigstore-js/tree/main/packages/client#readme"
            .to_owned(),
        ..npm("sigstore", "5.0.1")
    };
    at(
        document,
        "git+https://github.com/sigstore/sigstore-js.git",
        "packages/client",
    )
}
