//! What documents of npm packages have beyond those of PyPI.
//!
//! The adapter of npm translates a manifest into the names of Python's metadata; what has no name
//! there stands under the name of the document's field. Called by `transform` alone.

use super::metadata::Metadata;
use crate::model::{Document, RegistryKind, peer_versions};

/// Fills the fields that only npm has.
pub(super) fn complete(document: &mut Document, metadata: &mut Metadata<'_>) {
    document.npm_scope = metadata.text("npm_scope");
    document.repository_url = metadata.url("repository_url");
    document.repository_directory = metadata.text("repository_directory");
    document.peer_dependencies = metadata.list("peer_dependencies");
    document.peer_versions = peer_versions(&document.peer_dependencies);
    document.npm_dist_tags = metadata.list("npm_dist_tags");
    document.unpacked_size = metadata.whole_number("unpacked_size");
    document.provenance = Some(metadata.boolean("provenance"));
    document.trusted_publisher = metadata.text("trusted_publisher");
    // The file is there to say when it was published: front ends install by name.
    document.urls = Vec::new();
}

/// Names of the packages in `name@range`, sorted, each once.
pub(super) fn requires_names(requirements: &[String]) -> Vec<String> {
    let name = |requirement: &String| {
        // The first character may be that of a scope.
        let at = requirement.get(1..)?.find('@')? + 1;
        requirement.get(..at).map(str::to_owned)
    };
    let mut names: Vec<String> = requirements.iter().filter_map(name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether the licence is npm's word for "no licence is granted", which must not be taken for the
/// Unlicense, which grants everything.
pub(super) fn is_unlicensed(registry: RegistryKind, license: &str) -> bool {
    registry == RegistryKind::Npm && license.trim().eq_ignore_ascii_case("UNLICENSED")
}

#[cfg(test)]
mod tests {
    use super::{is_unlicensed, requires_names};
    use crate::model::RegistryKind;

    #[test]
    fn requirements_name_packages_as_they_are_written() {
        let requirements = [
            "@dnd-kit/core@6.3.1",
            "lodash.merge@^4",
            "a@npm:b@1",
            "a@2",
            "odd",
        ];
        let requirements = requirements.map(str::to_owned);
        assert_eq!(
            requires_names(&requirements),
            ["@dnd-kit/core", "a", "lodash.merge"]
        );
    }

    #[test]
    fn no_licence_is_not_the_unlicense() {
        assert!(is_unlicensed(RegistryKind::Npm, "UNLICENSED"));
        assert!(!is_unlicensed(RegistryKind::Npm, "Unlicense"));
        assert!(!is_unlicensed(RegistryKind::PyPi, "UNLICENSED"));
    }
}
